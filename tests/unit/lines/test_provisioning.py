"""A release becomes active only with its functions, and a patch only with those it replaces."""

import time
from datetime import timedelta
from typing import Any

import pytest
from semver import Version

from router.domain.app_health import AppFunction, HostReport
from router.domain.errors import PlatformBusy
from router.domain.line_states import LineState
from router.domain.model import Line, Operation, OperationKind, Release
from router.lines import actions, provisioning
from router.operations.begin import begin
from router.operations.step import Work
from router.ports import Deployment
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

FIRST, PATCH = Version(1, 0, 0), Version(1, 0, 2)
ORDER, CHARGE = AppFunction("order", "orchestrator"), AppFunction("charge", "activity")


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router with a registered line, for which each look at its app takes five seconds."""
    router = InMemoryRouter()
    await router.register()

    async def pass_time(*_: Any) -> None:
        router.azure.pass_time(5)

    router.azure.before("report", pass_time)
    return router


async def run(router: InMemoryRouter, kind: OperationKind, release: Version) -> Operation:
    operation = await begin(router.context, LINE_ID, kind, release)
    await router.finish_operations()
    ended = await router.catalog.operation(operation.id)
    assert ended is not None
    return ended


async def line(router: InMemoryRouter) -> Line:
    found = await router.catalog.line(LINE_ID)
    assert found is not None
    return found


async def test_first_release_without_functions_never_becomes_active(
    router: InMemoryRouter,
) -> None:
    router.azure.functions = ()
    began = router.azure.now
    ended = await run(router, OperationKind.PROVISION, FIRST)
    assert "runs but has no functions" in str(ended.error)
    assert (await line(router)).state is LineState.FAILED
    assert router.azure.now - began < timedelta(seconds=30)


async def test_patch_whose_host_keeps_ending_is_put_back(router: InMemoryRouter) -> None:
    await run(router, OperationKind.PROVISION, FIRST)
    looks = 0

    async def end_soon(*_: Any) -> HostReport | None:
        nonlocal looks
        router.azure.pass_time(5)
        looks += 1
        empty = HostReport(state="Running", functions=(), package=router.azure.running)
        gone = HostReport("the app could not be reached", gone=True)
        return {1: empty, 2: gone}.get(looks)  # then the earlier package runs again

    router.azure.before("report", end_soon)
    ended = await run(router, OperationKind.PATCH, PATCH)
    assert "ends again and again" in str(ended.error)
    found = await line(router)
    assert (found.state, found.release, found.needs_repair) == (LineState.ACTIVE, FIRST, False)


async def test_patch_that_removes_a_function_is_put_back(router: InMemoryRouter) -> None:
    router.azure.functions = (ORDER, CHARGE)
    await run(router, OperationKind.PROVISION, FIRST)
    assert (await line(router)).functions == ("activity charge", "orchestrator order")
    router.azure.functions = (ORDER,)
    ended = await run(router, OperationKind.PATCH, PATCH)
    assert "lacks activity charge of the release" in str(ended.error)
    found = await line(router)
    assert (found.release, found.failed_releases) == (FIRST, (PATCH,))


async def test_patch_may_remove_a_function_if_registered_so(router: InMemoryRouter) -> None:
    router.azure.functions = (ORDER, CHARGE)
    await run(router, OperationKind.PROVISION, FIRST)
    removing = Version(1, 0, 3)
    await router.catalog.add_release(Release(removing, "ab", 1, NOON, removes=True))
    router.azure.functions = (ORDER,)
    assert (await run(router, OperationKind.PATCH, removing)).error is None
    assert (await line(router)).functions == ("orchestrator order",)


async def test_too_many_names_to_keep_are_not_compared() -> None:
    router = InMemoryRouter(monotonic=time.monotonic)
    await router.register()
    router.azure.functions = tuple(AppFunction(f"step{n}" * 20, "activity") for n in range(400))
    await run(router, OperationKind.PROVISION, FIRST)
    assert (await line(router)).functions == ()


async def test_patch_is_active_only_once_its_package_runs(router: InMemoryRouter) -> None:
    await run(router, OperationKind.PROVISION, FIRST)
    await router.catalog.add_release(Release(Version(1, 0, 3), "cd" * 32, 1, NOON))
    looks = 0

    async def answer_late(*_: Any) -> HostReport | None:
        nonlocal looks
        looks += 1
        old = HostReport(state="Running", functions=(ORDER,), package="ab")
        return old if looks < 5 else None

    router.azure.before("report", answer_late)
    assert (await run(router, OperationKind.PATCH, Version(1, 0, 3))).error is None
    assert (looks, router.azure.running) == (5, "cd" * 8)


async def test_deployment_that_vanishes_is_done_once_it_was_seen(router: InMemoryRouter) -> None:
    progress = [
        Deployment(finished=False, listed=False),
        Deployment(finished=False, detail="Building"),
        Deployment(finished=False, listed=False),
    ]
    asked: list[Deployment] = []

    async def answer(*_: Any) -> Deployment:
        asked.append(progress[min(len(asked), 2)])
        return asked[-1]

    router.azure.before("deployment", answer)
    assert (await run(router, OperationKind.PROVISION, FIRST)).error is None
    assert asked == progress


async def test_triggers_are_synced_once_the_app_is_healthy(router: InMemoryRouter) -> None:
    router.azure.fail("sync_triggers", PlatformBusy("the host does not answer"), times=2)
    assert (await run(router, OperationKind.PROVISION, FIRST)).error is None
    assert router.azure.calls("sync_triggers") == [("app",)] * 3


@pytest.mark.parametrize(("tracking", "warned"), [("shared", True), ("per-line", False)])
async def test_entities_on_shared_tables_are_warned_of(tracking: str, warned: bool) -> None:
    router = InMemoryRouter(ROUTER_TRACKING=tracking)
    router.azure.functions = (AppFunction("order", "orchestrator"), AppFunction("tally", "entity"))
    await router.provision()
    events = [event.what for event in await router.catalog.events(LINE_ID)]
    assert any("entities (tally)" in what for what in events) == warned


async def test_app_of_a_failed_line_is_stopped_until_deployed_again() -> None:
    router = InMemoryRouter()
    router.azure.deployment_error = "no such module"
    line = await router.provision()
    assert (line.state, router.azure.has_app, router.azure.app_runs) == (
        LineState.FAILED,
        True,
        False,
    )
    router.azure.deployment_error = None
    await actions.revive(router.context, LINE_ID)
    line = await router.finish_operations()
    assert (line.state, router.azure.app_runs) == (LineState.ACTIVE, True)


async def test_late_call_keeps_the_package_of_the_next_operation(router: InMemoryRouter) -> None:
    opening = await run(router, OperationKind.PROVISION, FIRST)
    await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    await router.run_next_step()
    packages = dict(router.azure.packages)
    assert packages
    await provisioning.open_line(Work(router.context, opening, await line(router)))
    assert router.azure.packages == packages
