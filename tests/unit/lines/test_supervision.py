"""Every line is looked after, whatever a crash or a monitor's end at a wrong moment left out."""

from dataclasses import replace

import pytest

from router.domain.errors import PlatformBusy
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind, TeardownReport
from router.domain.version import LineId
from router.lines import actions, monitor
from router.lines.retention import retain_id
from router.operations.begin import RUN, ensure_monitored, monitor_id
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

RETIRED, FAILED, NEW = LineId(0, 1), LineId(0, 2), LineId(0, 3)


@pytest.fixture
async def router() -> InMemoryRouter:
    """An active line, and older ones in other states; nobody looks after any of them."""
    router = InMemoryRouter()
    await router.provision()
    for number, state in (
        (RETIRED, LineState.RETIRED),
        (FAILED, LineState.FAILED),
        (NEW, LineState.REGISTERED),
    ):
        line = Line(number, state, NOON, f"app{number}", f"plan{number}", f"Hub{number.dashed}")
        report = TeardownReport(NOON, (), ("rows",), until=NOON.replace(year=2027))
        await router.catalog.add_line(replace(line, teardown_report=report))
    router.orchestrations.running.clear()
    await ensure_monitored(router.context, LINE_ID)
    return router


async def test_the_monitor_of_the_highest_active_line_sees_that_every_line_has_its_own(
    router: InMemoryRouter,
) -> None:
    await monitor.tick(router.context, LINE_ID)
    assert router.orchestrations.running == {
        monitor_id(LINE_ID),
        monitor_id(FAILED),
        retain_id(RETIRED),
    }


async def test_and_that_what_holds_a_line_runs(router: InMemoryRouter) -> None:
    """It died between the line's row and all else."""
    await router.catalog.add_line(
        Line(
            LineId(0, 4),
            LineState.PROVISIONING,
            NOON,
            "app",
            "plan",
            "Hub",
            operation="provision-0-4-1",
            operation_kind=OperationKind.PROVISION,
        )
    )
    await monitor.tick(router.context, LINE_ID)
    begun = await router.catalog.operation("provision-0-4-1")
    assert begun is not None
    assert begun.kind is OperationKind.PROVISION
    assert router.orchestrations.started["provision-0-4-1"] == (
        RUN,
        {"operation": "provision-0-4-1"},
    )
    assert monitor_id(LineId(0, 4)) in router.orchestrations.running


async def test_a_line_that_opens_is_watched_although_its_former_monitor_ends_just_then(
    router: InMemoryRouter,
) -> None:
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    await router.finish_operations()
    assert not await monitor.tick(router.context, LINE_ID)  # and is about to end
    await actions.revive(router.context, LINE_ID)
    router.orchestrations.running.discard(monitor_id(LINE_ID))
    assert (await router.finish_operations()).state is LineState.ACTIVE
    assert monitor_id(LINE_ID) in router.orchestrations.running


async def test_a_monitor_that_finds_its_line_retired_sees_that_its_retention_is_waited_for(
    router: InMemoryRouter,
) -> None:
    assert not await monitor.tick(router.context, RETIRED)
    assert retain_id(RETIRED) in router.orchestrations.running


async def test_it_does_so_also_when_its_own_app_or_azure_is_not_well_or_another_line_is_spoilt(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(name: str) -> None:
        raise PlatformBusy("Azure is away")

    monkeypatch.setattr(router.azure, "app", away)
    spoilt = Line(LineId(0, 0), LineState.ACTIVE, NOON, "app", "plan", "Hub", operation="nonsense")
    await router.catalog.add_line(spoilt)
    await monitor.tick(router.context, LINE_ID)
    assert router.orchestrations.running == {
        monitor_id(LINE_ID),
        monitor_id(FAILED),
        retain_id(RETIRED),
    }
