"""A release that is registered goes in by itself, whatever else its line is about just then."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from semver import Version

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import OperationKind, Release
from router.domain.rollout import Deploy, operation_to_deploy
from router.line_rows import get_line
from router.lines import actions
from router.operations import rules as operation_rules
from router.operations import runner
from router.operations.begin import begin
from router.releases import service as releases
from tests.e2e.apps import package
from tests.fakes.catalog import InMemoryCatalog
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

PATCH = Version(1, 0, 3)


class Interleaved(InMemoryCatalog):
    """A catalog that lets others go on before and after a release is added."""

    before: Callable[[], Awaitable[Any]] | None = None
    after: Callable[[], Awaitable[Any]] | None = None

    async def add_release(self, release: Release) -> None:
        if self.before is not None:
            await self.before()
        await super().add_release(release)
        if self.after is not None:
            await self.after()


@pytest.fixture
def catalog() -> Interleaved:
    return Interleaved()


@pytest.fixture
async def router(catalog: Interleaved) -> InMemoryRouter:
    """A line that is being provisioned."""
    router = InMemoryRouter(catalog)
    await router.register()
    await actions.revive(router.context, LINE_ID)
    return router


async def register(router: InMemoryRouter) -> releases.Registered:
    return await releases.register(router.context, PATCH, package("1.0.3"), Deploy.AUTO)


async def provisioned(router: InMemoryRouter) -> None:
    """The line is let go, and its operation's end looks for what was registered meanwhile."""
    await router.finish_operations()
    await runner.end(router.context, "provision-1-0-1")


async def test_a_patch_whose_line_is_let_go_meanwhile_goes_in(
    router: InMemoryRouter, catalog: Interleaved
) -> None:
    catalog.before = lambda: provisioned(router)
    done = await register(router)
    assert done.operation is not None
    assert (done.operation.kind, done.operation.release) == (OperationKind.PATCH, PATCH)
    assert (await router.finish_operations()).release == PATCH


async def test_a_patch_that_another_operation_goes_on_with_tells_of_that(
    router: InMemoryRouter, catalog: Interleaved
) -> None:
    catalog.after = lambda: provisioned(router)
    done = await register(router)
    assert done.operation is not None
    assert (done.operation.kind, done.operation.release) == (OperationKind.PATCH, PATCH)
    assert (await router.finish_operations()).release == PATCH


async def test_a_patch_waits_for_the_end_of_what_holds_its_line(router: InMemoryRouter) -> None:
    done = await register(router)
    assert done.operation is None
    await provisioned(router)
    assert (await router.finish_operations()).release == PATCH


async def test_a_pre_release_replaces_a_final_one_only_if_that_is_asked(
    router: InMemoryRouter,
) -> None:
    await provisioned(router)
    version = Version.parse("1.0.4-rc.1")
    for deploy, release in ((Deploy.AUTO, "1.0.2"), (Deploy.NOW, "1.0.4-rc.1")):
        await releases.register(router.context, version, package(str(version)), deploy)
        assert str((await router.finish_operations()).release) == release


async def test_a_line_does_not_come_up_with_less_than_it_has_run(router: InMemoryRouter) -> None:
    await provisioned(router)
    line = replace(await get_line(router.context.catalog, LINE_ID), state=LineState.FAILED)
    older = Version.parse("1.0.2-rc.1")
    for deploy in (Deploy.AUTO, Deploy.NOW):
        assert operation_to_deploy(line, older, deploy) is None
    with pytest.raises(Refusal, match=r"has run 1\.0\.2, and 1\.0\.2-rc\.1 is older"):
        operation_rules.begin(line, OperationKind.PROVISION, older, NOON)


async def test_what_is_to_go_in_now_is_refused_while_its_line_is_taken_away(
    router: InMemoryRouter,
) -> None:
    await provisioned(router)
    line = await get_line(router.context.catalog, LINE_ID)
    drained = await router.catalog.replace_line(replace(line, state=LineState.DRAINING))
    await begin(router.context, drained.id, OperationKind.RETIRE, None)
    with pytest.raises(Refusal, match=r"retire-1-0-2 holds line 1\.0"):
        await releases.register(router.context, PATCH, package("1.0.3"), Deploy.NOW)
    assert await router.catalog.release(PATCH) is not None
