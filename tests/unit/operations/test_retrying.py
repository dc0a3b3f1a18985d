"""An operation that Azure refuses without end is tried ever later, and recorded once."""

import pytest

from router.domain.errors import PlatformFailed
from router.domain.line_states import LineState
from router.line_rows import get_line
from router.lines import actions, monitor
from router.retiring import retention
from tests.fakes.router import LINE_ID, InMemoryRouter

TICK = 60  # the monitor's interval
DAY = 86_400


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router whose line is drained and kept."""
    router = InMemoryRouter(ROUTER_KEEP_LINES="1", ROUTER_RETENTION_SECONDS=str(DAY))
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    return router


async def ticks(router: InMemoryRouter, count: int) -> int:
    """Let the line's monitor tick, and return how many operations it began."""
    before = (await get_line(router.catalog, LINE_ID)).operations
    for _ in range(count):
        router.azure.pass_time(TICK)
        await monitor.tick(router.context, LINE_ID)
        await retention.tick(router.context, LINE_ID)
        await router.finish_operations()
    return (await get_line(router.catalog, LINE_ID)).operations - before


async def texts(router: InMemoryRouter) -> list[str]:
    return [event.what for event in await router.catalog.events(LINE_ID, 1000)]


async def test_a_deletion_refused_for_ever_is_tried_ever_later(router: InMemoryRouter) -> None:
    router.azure.fail("delete_app", PlatformFailed("there is a lock"))
    await actions.retire(router.context, LINE_ID)
    await router.finish_operations()
    known = await texts(router)
    assert await ticks(router, 240) == 9  # of four hours
    assert await texts(router) == known
    line = await get_line(router.catalog, LINE_ID)
    assert line.failures is not None
    assert (line.state, line.failures.count) == (LineState.RETIRING, 10)


async def test_an_order_goes_at_once_and_a_success_ends_it(router: InMemoryRouter) -> None:
    router.azure.fail("delete_app", PlatformFailed("there is a lock"))
    await actions.retire(router.context, LINE_ID)
    await router.finish_operations()
    await ticks(router, 30)
    router.azure.restore("delete_app")
    ordered = await actions.retire(router.context, LINE_ID, reason="the lock is gone")
    line = await router.finish_operations()
    assert (line.state, line.failures) == (LineState.RETIRED, None)
    found = await texts(router)
    assert f"{ordered.operation}: requested by an operator, because: the lock is gone" in found


async def test_a_new_reason_is_recorded(router: InMemoryRouter) -> None:
    router.azure.fail("delete_app", PlatformFailed("there is a lock"))
    await actions.retire(router.context, LINE_ID)
    await router.finish_operations()
    router.azure.fail("delete_app", PlatformFailed("there is no role"))
    assert await ticks(router, 2) == 2
    found = await texts(router)
    assert sum("there is no role" in each for each in found) == 1


async def test_a_clean_up_refused_for_ever_is_tried_ever_later(router: InMemoryRouter) -> None:
    await actions.retire(router.context, LINE_ID)
    await router.finish_operations()
    router.azure.fail("delete_large_messages", PlatformFailed("no access"))
    router.azure.pass_time(DAY)
    assert await ticks(router, 240) == 10
    assert sum("no access" in each for each in await texts(router)) == 1
    router.azure.restore("delete_large_messages")
    await actions.retire(router.context, LINE_ID)
    line = await router.finish_operations()
    assert line.failures is None
    assert line.teardown_report is not None
    assert line.teardown_report.purged_at is not None


async def test_a_repair_refused_for_ever_is_tried_ever_later() -> None:
    router = InMemoryRouter()
    await router.provision()
    router.azure.has_app = False
    router.azure.fail("put_plan", PlatformFailed("no more plans"))
    assert await ticks(router, 240) == 10
    found = await texts(router)
    assert sum("no more plans" in each for each in found) == 1
    router.azure.restore("put_plan")
    assert (await actions.revive(router.context, LINE_ID)).operation is not None
    assert (await router.finish_operations()).failures is None
