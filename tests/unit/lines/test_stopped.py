"""An app that an operator stopped in Azure is reported and waited for, and not started."""

import pytest
from semver import Version

from router.domain.model import OperationKind
from router.http import views
from router.line_rows import get_line
from router.lines import monitor
from router.operations.begin import begin
from tests.fakes.router import LINE_ID, InMemoryRouter

STOPPED = "function app app is Stopped in Azure: start it there"


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router with a line on 1.0.0."""
    router = InMemoryRouter()
    await router.open_line()
    return router


async def error(router: InMemoryRouter) -> str | None:
    await monitor.tick(router.context, LINE_ID)
    shown = views.line(await get_line(router.catalog, LINE_ID), ())
    return None if shown["error"] is None else str(shown["error"])


async def test_stopped_app_is_reported_once_until_it_runs(router: InMemoryRouter) -> None:
    router.azure.stopped = True
    assert [await error(router) for _ in range(3)] == [STOPPED] * 3
    assert router.azure.stopped
    events = [event.what for event in await router.catalog.events(LINE_ID)]
    assert events.count(STOPPED) == 1
    router.azure.stopped = False
    assert await error(router) is None


async def test_patch_waits_for_a_stopped_app(router: InMemoryRouter) -> None:
    router.azure.stopped = True
    patch = await begin(router.context, LINE_ID, OperationKind.PATCH, Version(1, 0, 1))
    for _ in range(40):
        router.azure.pass_time(router.settings.step_seconds)
        await router.run_next_step_and_wait()
    found = await router.catalog.operation(patch.id)
    assert found is not None
    assert (found.steps[0].name, found.steps[0].detail) == ("deploy_package", STOPPED)
    router.azure.stopped = False
    line = await router.finish_operations()
    assert (line.release, line.error) == (Version(1, 0, 1), None)


async def test_app_stopped_during_a_patch_is_waited_for(router: InMemoryRouter) -> None:
    await begin(router.context, LINE_ID, OperationKind.PATCH, Version(1, 0, 1))
    for _ in range(2):
        await router.run_next_step_and_wait()
    router.azure.stopped = True
    for _ in range(40):
        router.azure.pass_time(router.settings.step_seconds)
        await router.run_next_step_and_wait()
    router.azure.stopped = False
    assert (await router.finish_operations()).release == Version(1, 0, 1)


async def test_repair_starts_a_stopped_app(router: InMemoryRouter) -> None:
    router.azure.stopped = True
    await begin(router.context, LINE_ID, OperationKind.REPAIR)
    assert (await router.finish_operations()).error is None
    assert not router.azure.stopped
