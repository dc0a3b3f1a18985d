"""A line whose roll-back failed needs repair, which is repeated until it succeeds."""

import pytest
from semver import Version

from router.domain.model import OperationKind, Release
from router.line_rows import get_line
from router.lines import monitor
from router.operations import runner
from router.operations.begin import begin
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

PATCH = Version(1, 0, 2)


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router with a line on 1.0.0, to which every further deployment fails."""
    router = InMemoryRouter()
    await router.open_line()
    router.azure.deployment_error = "no room"
    return router


async def operation_after_tick(router: InMemoryRouter) -> str | None:
    """Return the operation that holds the line after a tick of its monitor."""
    await monitor.tick(router.context, LINE_ID)
    return (await get_line(router.context.catalog, LINE_ID)).operation


async def test_failed_roll_back_is_repaired_until_it_succeeds(router: InMemoryRouter) -> None:
    await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    line = await router.finish_operations()
    assert (line.needs_repair, line.release, line.failed_releases) == (
        True,
        Version(1, 0, 0),
        (PATCH,),
    )
    assert await operation_after_tick(router) == "repair-1-0-3"
    assert (await router.finish_operations()).needs_repair
    router.azure.deployment_error = None
    assert await operation_after_tick(router) == "repair-1-0-4"
    line = await router.finish_operations()
    assert (line.needs_repair, line.release, line.error) == (False, Version(1, 0, 0), None)
    assert await operation_after_tick(router) is None


async def test_successful_roll_back_needs_no_repair(router: InMemoryRouter) -> None:
    await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    while (held := await router.catalog.operation("patch-1-0-2")) is None or held.error is None:
        await router.run_next_step()
    router.azure.deployment_error = None
    line = await router.finish_operations()
    assert (line.needs_repair, line.failed_releases) == (False, (PATCH,))
    assert await operation_after_tick(router) is None


async def test_failed_repair_does_not_fail_a_newer_patch(router: InMemoryRouter) -> None:
    newer = Release(Version(1, 0, 3), "ab", 1, NOON)
    await begin(router.context, LINE_ID, OperationKind.REPAIR, None)
    await router.catalog.add_release(newer)
    line = await router.finish_operations()
    assert (line.needs_repair, line.failed_releases) == (True, ())
    router.azure.deployment_error = None
    assert await operation_after_tick(router) == "repair-1-0-3"
    await router.finish_operations()
    await runner.end(router.context, "repair-1-0-3")
    assert (await router.finish_operations()).release == newer.version
