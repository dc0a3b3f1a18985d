"""Registering a release deploys it, whatever operation holds its line at that moment."""

from dataclasses import replace
from typing import Any

import pytest
from semver import Version

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import OperationKind
from router.domain.rollout import Deploy, operation_to_deploy
from router.line_rows import get_line
from router.lines import actions
from router.operations import rules as operation_rules
from router.operations import runner
from router.operations.begin import begin
from router.releases import service as releases
from tests.e2e.apps import package, zipped
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

PATCH = Version(1, 0, 3)


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router whose line is being provisioned."""
    router = InMemoryRouter()
    await router.register()
    await actions.revive(router.context, LINE_ID)
    return router


async def register(router: InMemoryRouter) -> releases.Registered:
    return await releases.register(router.context, PATCH, package("1.0.3"), Deploy.AUTO)


async def finish_provisioning(router: InMemoryRouter) -> None:
    """Release the line, and let the end of its operation look for a pending patch."""
    await router.finish_operations()
    await runner.end(router.context, "provision-1-0-1")


async def require_patched(router: InMemoryRouter, done: releases.Registered) -> None:
    assert done.operation is not None
    assert (done.operation.kind, done.operation.release) == (OperationKind.PATCH, PATCH)
    assert (await router.finish_operations()).release == PATCH


async def test_patch_is_deployed_if_its_line_is_released_before(router: InMemoryRouter) -> None:
    async def release_line(*_: Any) -> None:
        await finish_provisioning(router)

    router.catalog.before("add_release", release_line)
    await require_patched(router, await register(router))


async def test_patch_begun_by_the_end_of_an_operation_is_returned(router: InMemoryRouter) -> None:
    async def release_line(*_: Any) -> None:
        await finish_provisioning(router)

    router.catalog.after("add_release", release_line)
    await require_patched(router, await register(router))


async def test_patch_waits_for_the_operation_that_holds_its_line(router: InMemoryRouter) -> None:
    done = await register(router)
    assert done.operation is None
    await finish_provisioning(router)
    assert (await router.finish_operations()).release == PATCH


async def test_pre_release_replaces_a_final_release_only_on_request(
    router: InMemoryRouter,
) -> None:
    await finish_provisioning(router)
    version = Version.parse("1.0.4-rc.1")
    for deploy, release in ((Deploy.AUTO, "1.0.2"), (Deploy.NOW, "1.0.4-rc.1")):
        await releases.register(router.context, version, package(str(version)), deploy)
        assert str((await router.finish_operations()).release) == release


async def test_line_is_not_provisioned_with_an_older_release(router: InMemoryRouter) -> None:
    await finish_provisioning(router)
    line = replace(await get_line(router.context.catalog, LINE_ID), state=LineState.FAILED)
    older = Version.parse("1.0.2-rc.1")
    for deploy in (Deploy.AUTO, Deploy.NOW):
        assert operation_to_deploy(line, older, deploy) is None
    with pytest.raises(Refusal, match=r"has run 1\.0\.2, and 1\.0\.2-rc\.1 is older"):
        operation_rules.begin(line, OperationKind.PROVISION, older, NOON)


async def test_release_to_deploy_now_is_refused_during_retirement(
    router: InMemoryRouter,
) -> None:
    await finish_provisioning(router)
    line = await get_line(router.context.catalog, LINE_ID)
    drained = await router.catalog.replace_line(replace(line, state=LineState.DRAINING))
    await begin(router.context, drained.id, OperationKind.RETIRE, None)
    with pytest.raises(Refusal, match=r"retire-1-0-2 holds line 1\.0"):
        await releases.register(router.context, PATCH, package("1.0.3"), Deploy.NOW)
    assert await router.catalog.release(PATCH) is not None


async def test_values_that_the_line_overrides_are_kept_as_warnings(router: InMemoryRouter) -> None:
    done = await register(router)
    [warning] = done.release.warnings
    assert 'hubName "Ignored" is replaced by "Hub1x0"' in warning
    assert await router.catalog.release(PATCH) == done.release
    again = await register(router)
    assert (again.new, again.release.warnings) == (False, (warning,))


async def test_package_for_another_provider_is_not_stored(router: InMemoryRouter) -> None:
    durable = '{"storageProvider": {"type": "mssql"}}'
    host = f'{{"version": "2.0", "extensions": {{"durableTask": {durable}}}}} // ours'
    other = zipped({"host.json": host, "function_app.py": ""})
    with pytest.raises(Refusal, match="mssql") as caught:
        await releases.register(router.context, PATCH, other, Deploy.AUTO)
    assert caught.value.code == "unsupported-provider"
    assert await router.catalog.release(PATCH) is None
