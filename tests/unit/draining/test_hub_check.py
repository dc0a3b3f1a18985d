"""A line is drained only if its app works on the hub that was read."""

import pytest

from router.domain.errors import PlatformBusy
from router.domain.line_states import LineState
from router.domain.model import Line, Verdict
from router.draining import judgement
from router.line_rows import get_line
from router.lines import actions, monitor
from tests.fakes.router import LINE_ID, InMemoryRouter

FIRST = "DefaultEndpointsProtocol=https;AccountName=orders;AccountKey=b2xk;EndpointSuffix=x"
ROTATED = FIRST.replace("b2xk", "bmV3")
HUB = "AzureFunctionsJobHost__extensions__durableTask__hubName"


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router whose line drains, and counts as drained at the second of two more looks."""
    router = InMemoryRouter()
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    router.azure.pass_time(39)
    return router


async def looked_at(router: InMemoryRouter) -> Verdict:
    line = await judgement.judged(router.context, await get_line(router.catalog, LINE_ID))
    assert line.drain is not None
    router.azure.pass_time(6)
    return line.drain.verdict


async def changes(router: InMemoryRouter) -> list[str]:
    events = await router.catalog.events(LINE_ID)
    return [event.what for event in events if event.what.startswith("the settings of")]


async def retired(router: InMemoryRouter) -> Line:
    for _ in range(3):
        await monitor.tick(router.context, LINE_ID)
        router.azure.pass_time(6)
    return await router.finish_operations()


async def test_changed_hub_is_put_back_and_judged_again(router: InMemoryRouter) -> None:
    wanted = dict(router.azure.app_settings)
    router.azure.app_settings |= {HUB: "Handmade", "POLICY": "on"}
    assert [await looked_at(router) for _ in range(4)] == ["unknown"] * 3 + ["drained"]
    assert router.azure.app_settings == wanted | {"POLICY": "on"}
    [event] = await changes(router)
    assert f"{HUB} was 'Handmade'. They are put back" in event


async def test_azure_is_asked_only_when_a_line_becomes_drained(router: InMemoryRouter) -> None:
    router.azure.add_work()
    await looked_at(router)
    router.azure.work.clear()
    assert router.azure.calls("settings") == []
    assert [await looked_at(router) for _ in range(4)][1:] == ["drained"] * 3
    assert len(router.azure.calls("settings")) == 1


async def test_settings_that_cannot_be_read_prove_nothing(router: InMemoryRouter) -> None:
    router.azure.fail("settings", PlatformBusy("Azure is away"), times=2)
    assert [await looked_at(router) for _ in range(4)] == ["unknown"] * 3 + ["drained"]


async def test_hub_changed_before_the_fence_keeps_the_line(router: InMemoryRouter) -> None:
    for _ in range(2):
        await looked_at(router)
    await actions.retire(router.context, LINE_ID)
    router.azure.app_settings[HUB] = "Handmade"
    line = await router.finish_operations()
    assert (line.state, router.azure.app_runs) == (LineState.DRAINING, True)
    assert line.drain is not None
    assert line.drain.verdict is Verdict.UNKNOWN
    assert (await retired(router)).state is LineState.RETIRED


async def test_hub_changed_before_the_stop_keeps_the_line(router: InMemoryRouter) -> None:
    for _ in range(2):
        await looked_at(router)
    await actions.retire(router.context, LINE_ID)
    await router.run_next_step()
    router.azure.app_settings[HUB] = "Handmade"
    line = await router.finish_operations()
    assert (line.state, router.azure.app_runs) == (LineState.DRAINING, True)
    assert len(await changes(router)) == 1


async def test_settings_of_another_owners_app_are_left_alone(router: InMemoryRouter) -> None:
    router.azure.tags = {"owner": "another team"}
    router.azure.app_settings[HUB] = "Theirs"
    assert [await looked_at(router) for _ in range(2)] == ["unknown", "drained"]
    assert router.azure.app_settings[HUB] == "Theirs"


async def draining_with_keys() -> InMemoryRouter:
    router = InMemoryRouter(ROUTER_STORAGE=FIRST)
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    router.azure.pass_time(39)
    return router


async def test_a_rotated_key_is_no_change_in_azure() -> None:
    router = await draining_with_keys()
    router.restart(ROUTER_STORAGE=ROTATED)
    assert [await looked_at(router) for _ in range(2)] == ["unknown", "drained"]
    assert await changes(router) == []
    assert router.azure.app_settings["AzureWebJobsStorage"] == FIRST


async def test_another_hub_is_put_back_despite_a_rotated_key() -> None:
    router = await draining_with_keys()
    router.restart(ROUTER_STORAGE=ROTATED)
    router.azure.app_settings[HUB] = "Handmade"
    assert [await looked_at(router) for _ in range(2)] == ["unknown"] * 2
    [event] = await changes(router)
    assert "AzureWebJobsStorage" not in event


async def test_queues_of_another_account_prove_nothing() -> None:
    router = await draining_with_keys()
    before = dict(router.azure.app_settings)
    router.restart(ROUTER_STORAGE=FIRST, ROUTER_LINE_STORAGE=FIRST.replace("orders", "bills"))
    assert [await looked_at(router) for _ in range(3)] == ["unknown"] * 3
    assert (await changes(router), dict(router.azure.app_settings)) == ([], before)


async def test_connection_changed_in_azure_is_put_back() -> None:
    router = await draining_with_keys()
    router.azure.app_settings["AzureWebJobsStorage"] = FIRST.replace("orders", "bills")
    assert [await looked_at(router) for _ in range(2)] == ["unknown"] * 2
    assert router.azure.app_settings["AzureWebJobsStorage"] == FIRST
    assert len(await changes(router)) == 1
