"""Every line is supervised again after a crash, or a monitor that ended at the wrong moment."""

from dataclasses import replace

import pytest

from router.domain.errors import PlatformBusy, Unavailable
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind, TeardownReport
from router.domain.version import LineId
from router.lines import actions, monitor, supervision
from router.operations.begin import RUN, ensure_monitored, monitor_id
from router.retiring.retention import retain_id
from router.starts.parked_start import park_id
from tests.fakes.router import LINE_ID, NOON, PARKED_ID, InMemoryRouter, router_with_parked_start

PARK_ID = park_id(PARKED_ID)
NO_WORKER = "Did not find any initialized language workers"
RETIRED, FAILED, NEW = LineId(0, 1), LineId(0, 2), LineId(0, 3)


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router with an active line that is monitored, and older lines that are not."""
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


async def test_highest_active_lines_monitor_starts_the_others(router: InMemoryRouter) -> None:
    await monitor.tick(router.context, LINE_ID)
    assert router.orchestrations.running == {
        monitor_id(LINE_ID),
        monitor_id(FAILED),
        retain_id(RETIRED),
    }


async def test_failed_parked_start_is_parked_again() -> None:
    """The platform fails an orchestration whose turn falls into a restart of its worker."""
    router = await router_with_parked_start()
    await router.bring_line_up()
    router.orchestrations.end(PARK_ID, "Failed", NO_WORKER)
    await monitor.tick(router.context, LINE_ID)
    assert PARK_ID in router.orchestrations.running


async def test_request_restarts_a_failed_start_that_no_monitor_sees() -> None:
    router = await router_with_parked_start()
    router.orchestrations.end(PARK_ID, "Failed", NO_WORKER)
    await supervision.ensure_supervised(router.context)
    assert PARK_ID in router.orchestrations.running


async def test_request_starts_the_monitor_that_watches_the_others() -> None:
    router = await router_with_parked_start()
    await router.bring_line_up()
    for status in ("Failed", "Completed"):
        router.orchestrations.end(monitor_id(LINE_ID), status, NO_WORKER)
        await supervision.ensure_supervised(router.context)
        is_running = monitor_id(LINE_ID) in router.orchestrations.running
        assert is_running == (status == "Failed")  # not every request looks


async def test_operation_that_holds_another_line_is_started(router: InMemoryRouter) -> None:
    """The router crashed right after it wrote the line's row."""
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


async def test_revived_line_is_monitored_although_its_monitor_ends(router: InMemoryRouter) -> None:
    """The former monitor found the line retired and ends while the line is revived."""
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    await router.finish_operations()
    assert not await monitor.tick(router.context, LINE_ID)
    await actions.revive(router.context, LINE_ID)
    router.orchestrations.running.discard(monitor_id(LINE_ID))
    assert (await router.finish_operations()).state is LineState.ACTIVE
    assert monitor_id(LINE_ID) in router.orchestrations.running


async def test_monitor_of_a_retired_line_starts_its_retention(router: InMemoryRouter) -> None:
    assert not await monitor.tick(router.context, RETIRED)
    assert retain_id(RETIRED) in router.orchestrations.running


async def test_lines_are_supervised_despite_outage_and_invalid_row(router: InMemoryRouter) -> None:
    router.azure.fail("app", PlatformBusy("Azure is unavailable"))
    invalid = Line(LineId(0, 0), LineState.ACTIVE, NOON, "app", "plan", "Hub", operation="nonsense")
    await router.catalog.add_line(invalid)
    await monitor.tick(router.context, LINE_ID)
    assert router.orchestrations.running == {
        monitor_id(LINE_ID),
        monitor_id(FAILED),
        retain_id(RETIRED),
    }


async def test_unlisted_parked_starts_do_not_keep_it_from_the_lines(router: InMemoryRouter) -> None:
    hub = router.orchestrations
    hub.fail("failed", Unavailable("hub-unavailable", "The hub is slow."))
    await monitor.tick(router.context, LINE_ID)
    assert hub.running == {monitor_id(LINE_ID), monitor_id(FAILED), retain_id(RETIRED)}
    assert router.azure.calls("app")
