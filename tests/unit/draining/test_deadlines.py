"""Work that outlasts its line's deadline is reported, then terminated, with an event each time."""

import pytest

from router.domain.line_states import LineState
from router.domain.model import Owner
from router.draining import deadlines
from router.line_rows import get_line
from router.lines import actions, monitor
from tests.fakes.azure import INSTANCE, Work
from tests.fakes.router import LINE_ID, InMemoryRouter


async def draining(instances: int, **times: str) -> InMemoryRouter:
    """Return a router whose line drains, with so many instances."""
    router = InMemoryRouter(None, None, **times)
    await router.provision()
    router.azure.work = [Work(INSTANCE, f"w{number + 1}") for number in range(instances)]
    await actions.drain(router.context, LINE_ID)
    return router


@pytest.fixture
async def overdue() -> InMemoryRouter:
    """A router whose line has passed its deadline, with two instances."""
    router = await draining(2, ROUTER_DRAIN_TERMINATE_SECONDS="1200")
    router.azure.pass_time(1300)
    return router


async def events(router: InMemoryRouter) -> list[str]:
    return [event.what for event in await router.catalog.events(LINE_ID)]


async def test_unfinished_work_is_reported_once_then_terminated() -> None:
    times = {"ROUTER_DRAIN_WARN_SECONDS": "600", "ROUTER_DRAIN_TERMINATE_SECONDS": "1200"}
    router = await draining(1, **times)
    router.azure.pass_time(700)
    for _ in range(3):
        await monitor.tick(router.context, LINE_ID)
    assert len([what for what in await events(router) if "it is still draining" in what]) == 1
    router.azure.pass_time(600)
    await monitor.tick(router.context, LINE_ID)
    assert router.azure.work == []
    assert any(what.startswith("terminated f w1: it was Running") for what in await events(router))
    assert (await get_line(router.context.catalog, LINE_ID)).closed
    for seconds in (39, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
        line = await router.finish_operations()
    assert line.state is LineState.RETIRED


async def test_termination_continues_at_the_blocker_in_the_next_round(
    overdue: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Azure ends a worker whose activity runs too long."""
    monkeypatch.setattr(deadlines, "_ROUND_SECONDS", -1)
    await monitor.tick(overdue.context, LINE_ID)
    assert [each.name for each in overdue.azure.work] == ["w1", "w2"]
    monkeypatch.setattr(deadlines, "_ROUND_SECONDS", 10_000)
    overdue.azure.pass_time(600)
    await monitor.tick(overdue.context, LINE_ID)
    assert overdue.azure.work == []
    assert [call[1:] for call in overdue.azure.calls("unfinished")] == [("w1",), ("w1",)]


async def test_deadline_spares_an_id_that_another_line_now_owns(overdue: InMemoryRouter) -> None:
    overdue.azure.owners["w1"] = Owner("Hub1x1", "Running", overdue.now())
    await monitor.tick(overdue.context, LINE_ID)
    assert [each.name for each in overdue.azure.work] == ["w1"]


async def test_undrain_stops_a_termination_under_way(overdue: InMemoryRouter) -> None:
    async def undrain(*_: object) -> None:
        await actions.undrain(overdue.context, LINE_ID)

    overdue.azure.before("manage", undrain)
    await monitor.tick(overdue.context, LINE_ID)
    assert [each.name for each in overdue.azure.work] == ["w2"]
