"""A release that is registered goes in by itself, whatever else its line is about just then."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from semver import Version

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import OperationKind, Release
from router.domain.rollout import Deploy
from router.line_rows import get_line
from router.lines import actions
from router.operations import rules as operation_rules
from router.operations import runner
from router.operations.begin import begin
from router.releases import service as releases
from tests.e2e.apps import package
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import NOON, ONE, Scene

PATCH = Version(1, 0, 3)


class Interleaved(MemoryCatalog):
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
async def scene(catalog: Interleaved) -> Scene:
    """A line that is being provisioned."""
    made = Scene(catalog)
    await made.register()
    await actions.revive(made.context, ONE)
    return made


async def register(scene: Scene) -> releases.Registered:
    return await releases.register(scene.context, PATCH, package("1.0.3"), Deploy.AUTO)


async def provisioned(scene: Scene) -> None:
    """The line is let go, and its operation's end looks for what was registered meanwhile."""
    await scene.settled()
    await runner.end(scene.context, "provision-1-0-1")


async def test_a_patch_whose_line_is_let_go_meanwhile_goes_in(
    scene: Scene, catalog: Interleaved
) -> None:
    catalog.before = lambda: provisioned(scene)
    done = await register(scene)
    assert done.operation is not None
    assert (done.operation.kind, done.operation.release) == (OperationKind.PATCH, PATCH)
    assert (await scene.settled()).release == PATCH


async def test_a_patch_that_another_operation_goes_on_with_tells_of_that(
    scene: Scene, catalog: Interleaved
) -> None:
    catalog.after = lambda: provisioned(scene)
    done = await register(scene)
    assert done.operation is not None
    assert (done.operation.kind, done.operation.release) == (OperationKind.PATCH, PATCH)
    assert (await scene.settled()).release == PATCH


async def test_a_patch_waits_for_the_end_of_what_holds_its_line(scene: Scene) -> None:
    done = await register(scene)
    assert done.operation is None
    await provisioned(scene)
    assert (await scene.settled()).release == PATCH


async def test_a_pre_release_replaces_a_final_one_only_if_that_is_asked(scene: Scene) -> None:
    await provisioned(scene)
    version = Version.parse("1.0.4-rc.1")
    for deploy, release in ((Deploy.AUTO, "1.0.2"), (Deploy.NOW, "1.0.4-rc.1")):
        await releases.register(scene.context, version, package(str(version)), deploy)
        assert str((await scene.settled()).release) == release


async def test_a_line_does_not_come_up_with_less_than_it_has_run(scene: Scene) -> None:
    await provisioned(scene)
    line = replace(await get_line(scene.context.catalog, ONE), state=LineState.FAILED)
    older = Version.parse("1.0.2-rc.1")
    for deploy in (Deploy.AUTO, Deploy.NOW):
        assert releases.deployment(line, older, deploy) is None
    with pytest.raises(Refusal, match=r"has run 1\.0\.2; 1\.0\.2-rc\.1 is older"):
        operation_rules.begin(line, OperationKind.PROVISION, older, NOON)


async def test_what_is_to_go_in_now_is_refused_while_its_line_is_taken_away(scene: Scene) -> None:
    await provisioned(scene)
    line = await get_line(scene.context.catalog, ONE)
    drained = await scene.catalog.replace_line(replace(line, state=LineState.DRAINING))
    await begin(scene.context, drained.id, OperationKind.RETIRE, None)
    with pytest.raises(Refusal, match=r"retire-1-0-2 holds line 1\.0"):
        await releases.register(scene.context, PATCH, package("1.0.3"), Deploy.NOW)
    assert await scene.catalog.release(PATCH) is not None
