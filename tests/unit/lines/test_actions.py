"""What operators order is done once, whoever orders it again; a line left alone goes by itself."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, Owner
from router.line_rows import get_line
from router.lines import actions, monitor, retention
from router.ports import Answer
from tests.fakes.azure import HELD, INSTANCE, VISIBLE
from tests.fakes.router import LINE_ID, InMemoryRouter

DAY = 86_400


@pytest.fixture
async def router() -> InMemoryRouter:
    """A line in service."""
    router = InMemoryRouter()
    assert (await router.provision()).state is LineState.ACTIVE
    return router


async def watched(router: InMemoryRouter) -> Line:
    """The line after some laps of its monitor, and of what they begin."""
    for seconds in (39, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
        await router.finish_operations()
    return await get_line(router.context.catalog, LINE_ID)


def busy(router: InMemoryRouter) -> None:
    """An instance runs."""
    router.azure.add_work()
    router.azure.advance(VISIBLE, HELD)
    router.azure.advance(HELD, INSTANCE)


async def told(router: InMemoryRouter) -> list[str]:
    return [event.what for event in await router.catalog.events(LINE_ID)]


async def test_a_drain_ordered_twice_is_one_and_sees_that_somebody_watches(
    router: InMemoryRouter,
) -> None:
    router.orchestrations.running.clear()  # as after the loss of the router's own hub
    for _ in range(2):
        taken = await actions.drain(router.context, LINE_ID)
        assert (taken.line.state, taken.operation) == (LineState.DRAINING, None)
    assert (await told(router)).count("draining: requested by an operator") == 1
    assert "monitor-1-0" in router.orchestrations.running


async def test_a_drained_line_that_is_left_alone_goes_and_its_proof_stays(
    router: InMemoryRouter,
) -> None:
    await actions.drain(router.context, LINE_ID)
    line = await watched(router)
    assert (line.state, router.azure.has_app, router.azure.deleted) == (LineState.RETIRED, False, 1)
    assert line.teardown_report is not None
    assert line.teardown_report.until == line.teardown_report.at + timedelta(days=30)
    assert line.teardown_report.absent[1:] == ("queues",)
    again = await actions.retire(router.context, LINE_ID)
    assert again.operation == line.retirement == "retire-1-0-2"
    assert "retain-1-0" in router.orchestrations.running


async def test_a_busy_line_is_not_retired_and_the_refusal_names_what_holds_it(
    router: InMemoryRouter,
) -> None:
    busy(router)
    await actions.drain(router.context, LINE_ID)
    assert (await watched(router)).state is LineState.DRAINING
    with pytest.raises(Refusal) as refused:
        await actions.retire(router.context, LINE_ID)
    assert (refused.value.status, refused.value.code) == (409, "not-drained")
    assert [each.instance_id for each in refused.value.fields["drain"].blockers] == ["w1"]
    assert "f w1 is Running" in refused.value.detail


async def test_a_line_that_is_kept_goes_when_an_operator_says_so_and_only_once() -> None:
    router = InMemoryRouter(ROUTER_KEEP_LINES="1")
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    assert (await watched(router)).state is LineState.DRAINING
    both = [actions.retire(router.context, LINE_ID) for _ in range(2)]
    taken = await asyncio.gather(*both)
    assert [each.operation for each in taken] == ["retire-1-0-2", "retire-1-0-2"]
    assert (await router.finish_operations()).state is LineState.RETIRED


async def test_a_line_that_is_put_back_before_its_fence_stays(router: InMemoryRouter) -> None:
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


async def test_what_a_retired_line_left_waits_for_its_time_and_then_goes(
    router: InMemoryRouter,
) -> None:
    await actions.drain(router.context, LINE_ID)
    await watched(router)
    assert await retention.tick(router.context, LINE_ID) == 3600
    router.azure.pass_time(30 * DAY - 100)
    assert await retention.tick(router.context, LINE_ID) == pytest.approx(98, abs=3)
    router.azure.pass_time(100)
    assert await retention.tick(router.context, LINE_ID) == 60
    line = await router.finish_operations()
    assert (line.state, router.azure.purged) == (LineState.RETIRED, ["rows", "large messages"])
    assert line.teardown_report is not None
    assert line.teardown_report.remains == ()
    assert await retention.tick(router.context, LINE_ID) is None


async def test_what_a_line_left_is_left_alone_when_the_line_is_back(router: InMemoryRouter) -> None:
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


async def test_work_that_does_not_end_is_told_and_then_ended_each_time_as_an_event() -> None:
    deadlines = {"ROUTER_DRAIN_WARN_SECONDS": "600", "ROUTER_DRAIN_TERMINATE_SECONDS": "1200"}
    router = InMemoryRouter(**deadlines)
    await router.provision()
    busy(router)
    await actions.drain(router.context, LINE_ID)
    router.azure.pass_time(700)
    for _ in range(3):
        await monitor.tick(router.context, LINE_ID)
    assert len([what for what in await told(router) if "it is still draining" in what]) == 1
    router.azure.pass_time(600)
    await monitor.tick(router.context, LINE_ID)
    assert router.azure.work == []
    assert any(what.startswith("terminated f w1: it was Running") for what in await told(router))
    assert (await get_line(router.context.catalog, LINE_ID)).closed
    assert (await watched(router)).state is LineState.RETIRED


async def overdue(router: InMemoryRouter) -> None:
    """A draining line whose deadline is over, with two instances."""
    await router.provision()
    busy(router)
    busy(router)
    await actions.drain(router.context, LINE_ID)
    router.azure.pass_time(1300)


async def test_a_deadline_leaves_alone_what_another_line_has_begun_under_the_id_since() -> None:
    router = InMemoryRouter(ROUTER_DRAIN_TERMINATE_SECONDS="1200")
    await overdue(router)
    router.azure.owners["w1"] = Owner("Hub1x1", "Running", router.now())
    await monitor.tick(router.context, LINE_ID)
    assert [each.name for each in router.azure.work] == ["w1"]


async def test_an_undrain_stops_a_deadline_that_is_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    router = InMemoryRouter(ROUTER_DRAIN_TERMINATE_SECONDS="1200")
    await overdue(router)
    manage = router.azure.manage

    async def undrained(*request: Any) -> Answer:
        await actions.undrain(router.context, LINE_ID)
        return await manage(*request)

    monkeypatch.setattr(router.azure, "manage", undrained)
    await monitor.tick(router.context, LINE_ID)
    assert [each.name for each in router.azure.work] == ["w2"]
