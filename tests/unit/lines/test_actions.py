"""Repeating a line action has the same result, and a drained line is retired automatically."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Line
from router.line_rows import get_line
from router.lines import actions, monitor
from router.retiring import retention
from tests.fakes.azure import INSTANCE, Work
from tests.fakes.router import LINE_ID, InMemoryRouter

DAY = 86_400


@pytest.fixture
async def router() -> InMemoryRouter:
    """A line in service."""
    router = InMemoryRouter()
    assert (await router.provision()).state is LineState.ACTIVE
    return router


async def watched(router: InMemoryRouter) -> Line:
    """Return the line after some ticks of its monitor and the operations that they begin."""
    for seconds in (39, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
        await router.finish_operations()
    return await get_line(router.context.catalog, LINE_ID)


async def test_repeated_drain_has_one_event_and_starts_a_monitor(router: InMemoryRouter) -> None:
    router.orchestrations.running.clear()  # as after the loss of the router's own hub
    for _ in range(2):
        result = await actions.drain(router.context, LINE_ID)
        assert (result.line.state, result.operation) == (LineState.DRAINING, None)
    events = [event.what for event in await router.catalog.events(LINE_ID)]
    assert events.count("draining: requested by an operator") == 1
    assert "monitor-1-0" in router.orchestrations.running


async def test_reason_of_an_order_is_kept_in_the_events(router: InMemoryRouter) -> None:
    for order, reason in (
        (partial(actions.drain, closed=True), "1.1 is out"),
        (actions.drain, "repeated"),
        (actions.undrain, "1.1 is broken"),
    ):
        router.azure.pass_time(1)
        await order(router.context, LINE_ID, reason=reason)
    assert [event.what for event in await router.catalog.events(LINE_ID, 3)] == [
        "active: requested by an operator, because: 1.1 is broken",
        "draining: requested by an operator, because: repeated",
        "draining, closed to new starts: requested by an operator, because: 1.1 is out",
    ]


async def test_reason_is_kept_where_an_operation_runs_already(router: InMemoryRouter) -> None:
    await actions.drain(router.context, LINE_ID)
    await watched(router)
    for reason in ("needed again", "really"):
        await actions.revive(router.context, LINE_ID, reason=reason)
        router.azure.pass_time(1)
    events = [event.what for event in await router.catalog.events(LINE_ID, 3)]
    assert "provision-1-0-3: requested by an operator, because: really" in events
    assert "provision-1-0-3: requested by an operator, because: needed again" in events


async def test_drained_line_is_retired_and_keeps_its_report(router: InMemoryRouter) -> None:
    await actions.drain(router.context, LINE_ID)
    line = await watched(router)
    assert (line.state, router.azure.has_app, router.azure.deleted) == (LineState.RETIRED, False, 1)
    assert line.teardown_report is not None
    assert line.teardown_report.until == line.teardown_report.at + timedelta(days=30)
    assert line.teardown_report.absent[1:] == ("queues",)
    again = await actions.retire(router.context, LINE_ID)
    assert again.operation == line.retirement == "retire-1-0-2"
    assert "retain-1-0" in router.orchestrations.running


async def test_retiring_a_busy_line_is_refused_with_its_blockers(router: InMemoryRouter) -> None:
    router.azure.work.append(Work(INSTANCE, "w1"))
    await actions.drain(router.context, LINE_ID)
    assert (await watched(router)).state is LineState.DRAINING
    with pytest.raises(Refusal) as refused:
        await actions.retire(router.context, LINE_ID)
    assert (refused.value.status, refused.value.code) == (409, "not-drained")
    assert [each.instance_id for each in refused.value.fields["drain"].blockers] == ["w1"]
    assert "f w1 is Running" in refused.value.detail


async def test_kept_line_is_retired_once_by_concurrent_requests() -> None:
    router = InMemoryRouter(ROUTER_KEEP_LINES="1")
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    assert (await watched(router)).state is LineState.DRAINING
    results = await asyncio.gather(*[actions.retire(router.context, LINE_ID) for _ in range(2)])
    assert [each.operation for each in results] == ["retire-1-0-2", "retire-1-0-2"]
    assert (await router.finish_operations()).state is LineState.RETIRED


async def test_line_undrained_before_its_fence_is_not_retired(router: InMemoryRouter) -> None:
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    held = await get_line(router.context.catalog, LINE_ID)
    assert (held.state, held.operation) == (LineState.DRAINING, "retire-1-0-2")
    await actions.undrain(router.context, LINE_ID)
    line = await router.finish_operations()
    assert (line.state, router.azure.has_app) == (LineState.ACTIVE, True)
    assert line.error is not None
    assert "Line 1.0 is active and cannot be retired" in line.error


async def test_revived_line_keeps_its_data(router: InMemoryRouter) -> None:
    await actions.drain(router.context, LINE_ID)
    await watched(router)
    revived = await actions.revive(router.context, LINE_ID)
    again = await actions.revive(router.context, LINE_ID)
    assert revived.operation == again.operation == "provision-1-0-3"
    router.azure.pass_time(60 * DAY)
    assert await retention.tick(router.context, LINE_ID) is None
    assert (await router.finish_operations()).state is LineState.ACTIVE
    assert await retention.tick(router.context, LINE_ID) is None
    assert router.azure.purged == []
