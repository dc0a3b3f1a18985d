"""The router's current settings reach the app of a line that is up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from router.domain.app_health import HostReport
from router.domain.errors import PlatformBusy, PlatformFailed, Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, Progress
from router.line_rows import get_line
from router.lines import actions, monitor
from tests.fakes.azure import INSTANCE, Work
from tests.fakes.router import LINE_ID, InMemoryRouter

ROTATED = "DefaultEndpointsProtocol=https;AccountName=orders;AccountKey=bmV3;EndpointSuffix=x"
FIRST = ROTATED.replace("bmV3", "b2xk")
CONNECTION = "AzureWebJobsStorage"


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router whose line is in service, in an account with a key."""
    router = InMemoryRouter(ROUTER_STORAGE=FIRST, ROUTER_LINE_SETTINGS='{"COLOUR": "red"}')
    await router.provision()
    return router


async def refreshed(router: InMemoryRouter) -> Line:
    """Have the line refreshed by an order, and return it."""
    ordered = await actions.refresh(router.context, LINE_ID)
    line = await router.finish_operations()
    operation = await router.catalog.operation(str(ordered.operation))
    assert operation is not None
    assert line.error is None, line.error
    assert operation.state is Progress.SUCCEEDED
    return line


@pytest.mark.parametrize("state", [LineState.ACTIVE, LineState.DRAINING])
async def test_an_order_brings_settings_and_keeps_what_others_added(
    router: InMemoryRouter, state: LineState
) -> None:
    router.azure.app_settings["POLICY"] = "on"
    router.azure.work.append(Work(INSTANCE, "w1"))
    if state is LineState.DRAINING:
        await actions.drain(router.context, LINE_ID)
    router.restart(ROUTER_STORAGE=FIRST, ROUTER_LINE_SETTINGS='{"SIZE": "9"}')
    line = await refreshed(router)
    found = router.azure.app_settings
    assert (found["POLICY"], found["SIZE"], "COLOUR" in found) == ("on", "9", False)
    assert (line.state, router.azure.lost) == (state, [])


async def test_hub_of_a_refreshed_line_stays_what_it_is(router: InMemoryRouter) -> None:
    hub = {name: v for name, v in router.azure.app_settings.items() if "durableTask" in name}
    router.restart(ROUTER_PARTITION_COUNT="9", ROUTER_TRACKING="shared", ROUTER_STORAGE=FIRST)
    await refreshed(router)
    assert hub.items() <= router.azure.app_settings.items()


async def test_a_rotated_key_is_brought_automatically(router: InMemoryRouter) -> None:
    assert await monitor.tick(router.context, LINE_ID)
    assert (await get_line(router.catalog, LINE_ID)).operation is None
    router.restart(ROUTER_STORAGE=ROTATED)
    assert await monitor.tick(router.context, LINE_ID)
    line = await get_line(router.catalog, LINE_ID)
    assert line.operation == "refresh-1-0-2"
    await router.finish_operations()
    assert router.azure.app_settings[CONNECTION] == ROTATED
    assert await monitor.tick(router.context, LINE_ID)
    assert (await get_line(router.catalog, LINE_ID)).operation is None


async def test_another_setting_alone_restarts_no_app(router: InMemoryRouter) -> None:
    router.restart(ROUTER_STORAGE=FIRST, ROUTER_LINE_SETTINGS='{"SIZE": "9"}')
    assert await monitor.tick(router.context, LINE_ID)
    assert (await get_line(router.catalog, LINE_ID)).operation is None


async def test_an_app_of_an_earlier_router_is_read_once(router: InMemoryRouter) -> None:
    for key, operation in ((FIRST, None), (ROTATED, "refresh-1-0-2")):
        line = await get_line(router.catalog, LINE_ID)
        await router.catalog.replace_line(replace(line, applied=None))
        router.restart(ROUTER_STORAGE=key)
        for _ in range(2):
            assert await monitor.tick(router.context, LINE_ID)
        assert (await get_line(router.catalog, LINE_ID)).operation == operation
    assert len(router.azure.calls("settings")) == 2


async def test_queues_are_not_moved_to_another_account(router: InMemoryRouter) -> None:
    router.restart(ROUTER_STORAGE=FIRST, ROUTER_LINE_STORAGE=FIRST.replace("orders", "bills"))
    before = dict(router.azure.app_settings)
    await actions.refresh(router.context, LINE_ID)
    line = await router.finish_operations()
    assert "Restore ROUTER_LINE_STORAGE" in str(line.error)
    assert router.azure.app_settings == before


async def test_host_is_paused_before_its_settings_change(router: InMemoryRouter) -> None:
    router.azure.can_drain = True
    router.restart(ROUTER_STORAGE=ROTATED)
    await refreshed(router)
    assert ("POST", "drain") in [call[1:] for call in router.azure.calls("admin")]
    assert not router.azure.drains


async def test_nothing_is_put_where_nothing_differs(router: InMemoryRouter) -> None:
    await refreshed(router)
    assert router.azure.calls("replace_settings") == []


async def test_a_line_without_an_app_is_not_refreshed() -> None:
    router = InMemoryRouter()
    await router.register()
    with pytest.raises(Refusal) as refused:
        await actions.refresh(router.context, LINE_ID)
    assert (refused.value.status, refused.value.code) == (409, "wrong-state")


async def test_host_that_azure_does_not_restart_is_resumed(router: InMemoryRouter) -> None:
    azure, began = router.azure, router.azure.now
    azure.can_drain = True
    answer = HostReport(state="Running", functions=azure.functions, package=azure.running)
    azure.answer("report", replace(answer, uptime=1e6))

    async def stays_paused(*_: object) -> None:
        azure.drains = True

    azure.after("replace_settings", stays_paused)
    router.restart(ROUTER_STORAGE=ROTATED)
    await refreshed(router)
    assert not azure.drains
    assert azure.now - began < timedelta(minutes=4)


@pytest.mark.parametrize("error", [PlatformFailed("No right to read."), PlatformBusy("Slow.")])
async def test_settings_that_cannot_be_read_leave_no_host_paused(
    router: InMemoryRouter, error: Exception
) -> None:
    router.azure.can_drain = True
    router.restart(ROUTER_STORAGE=ROTATED)
    await actions.refresh(router.context, LINE_ID)
    router.azure.drains = True  # by a call that was interrupted
    router.azure.fail("settings", error)
    assert (await router.finish_operations()).error is not None
    assert not router.azure.drains
