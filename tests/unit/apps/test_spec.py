"""The router's settings change while a line is up: its hub is judged by what it was made with."""

from typing import Any

import pytest

from router.apps import spec
from router.domain.hub_settings import HubSettings
from router.domain.line_states import LineState
from router.domain.model import Blocker, BlockerKind, Verdict
from router.lines import actions, monitor
from router.ports import Deployment
from router.settings import Settings
from tests.fakes.azure import HELD, VISIBLE
from tests.fakes.router import LINE_ID, SETTINGS, InMemoryRouter

MADE = HubSettings(4, 60.0, "/Lines")
_PROVIDER = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"


@pytest.fixture
def router() -> InMemoryRouter:
    return InMemoryRouter()


async def test_a_line_remembers_what_its_hub_was_made_with_until_the_hub_is_gone(
    router: InMemoryRouter,
) -> None:
    assert (await router.provision()).hub == MADE
    router.restart(ROUTER_PARTITION_COUNT="2", ROUTER_VISIBILITY_SECONDS="5")
    router.azure.has_app = False
    await monitor.tick(router.context, LINE_ID)
    repaired = await router.finish_operations()
    assert (repaired.hub, router.azure.visibility.total_seconds()) == (MADE, 60)
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    retired = await router.finish_operations()
    assert (retired.state, retired.hub) == (LineState.RETIRED, None)
    await actions.revive(router.context, LINE_ID)
    assert (await router.finish_operations()).hub == HubSettings(2, 5.0, "/Lines")


async def test_a_held_message_is_waited_for_as_long_as_the_app_hides_it(
    router: InMemoryRouter,
) -> None:
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    router.azure.add_work()
    router.azure.pass_time(31)
    router.azure.advance(VISIBLE, HELD)
    router.restart(ROUTER_VISIBILITY_SECONDS="5")
    for _ in range(3):
        await monitor.tick(router.context, LINE_ID)
        router.azure.pass_time(14)
    await router.finish_operations()
    assert (router.azure.lost, router.azure.deleted) == ([], 0)


async def test_the_hub_is_looked_at_for_as_many_queues_as_it_was_made_with(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await router.provision()
    router.restart(ROUTER_PARTITION_COUNT="16")
    asked = []
    read = router.azure.read

    async def counted(task_hub: str, partitions: int, blocker: str | None = None) -> Any:
        asked.append(partitions)
        return await read(task_hub, partitions, blocker)

    monkeypatch.setattr(router.azure, "read", counted)
    await monitor.check(router.context, line)
    assert asked == [4]


async def test_a_hub_whose_rows_are_in_another_store_is_not_taken_for_empty(
    router: InMemoryRouter,
) -> None:
    line = await router.provision()
    router.restart(ROUTER_TRACKING_PREFIX="Others")
    drain = await monitor.check(router.context, line)
    detail = "its rows are in /Lines, but the router is configured for /Others"
    assert drain.verdict is Verdict.UNKNOWN
    assert drain.blockers == (Blocker(BlockerKind.UNREADABLE, detail),)


async def test_a_line_that_never_got_its_app_is_revived_with_what_is_set_then(
    router: InMemoryRouter,
) -> None:
    router.azure.has_app, router.azure.tags = True, {"owner": "somebody"}
    failed = await router.provision()
    assert (failed.state, failed.hub) == (LineState.FAILED, None)
    router.azure.has_app = False
    router.restart(ROUTER_TRACKING_PREFIX="Others")
    await actions.revive(router.context, LINE_ID)
    revived = await router.finish_operations()
    assert (revived.state, revived.hub) == (LineState.ACTIVE, HubSettings(4, 60.0, "/Others"))
    assert (
        router.azure.requested_apps[-1].settings[f"{_PROVIDER}trackingStoreNamePrefix"] == "Others"
    )


async def test_no_app_is_made_on_another_store_than_the_one_that_has_its_rows(
    router: InMemoryRouter,
) -> None:
    await router.provision()
    router.azure.has_app = False
    router.restart(ROUTER_TRACKING_PREFIX="Others")
    await monitor.tick(router.context, LINE_ID)
    line = await router.finish_operations()
    assert (router.azure.has_app, line.hub) == (False, MADE)
    assert line.error is not None
    assert "its rows are in /Lines, but the router is configured for /Others" in line.error
    router.restart()
    await monitor.tick(router.context, LINE_ID)
    mended = await router.finish_operations()
    assert (router.azure.has_app, mended.error) == (True, None)


async def test_no_hub_is_said_to_be_gone_by_a_look_into_another_store(
    router: InMemoryRouter,
) -> None:
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    while router.azure.has_app:
        assert await router.run_next_step()
    router.restart(ROUTER_TRACKING_PREFIX="Others")
    line = await router.finish_operations()
    assert (line.state, router.azure.deleted) == (LineState.RETIRING, 0)
    router.restart()
    await monitor.tick(router.context, LINE_ID)
    line = await router.finish_operations()
    assert (line.state, router.azure.deleted) == (LineState.RETIRED, 1)


async def test_a_line_that_failed_with_an_app_keeps_what_its_hub_was_made_with(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failed(*_: object) -> Deployment:
        return Deployment(finished=True, error="no such package")

    with monkeypatch.context() as needs_repair:
        needs_repair.setattr(router.azure, "deployment", failed)
        assert (await router.provision()).hub == MADE
    router.restart(ROUTER_TRACKING_PREFIX="Others", ROUTER_PARTITION_COUNT="2")
    await actions.revive(router.context, LINE_ID)
    assert (await router.finish_operations()).state is LineState.FAILED
    router.restart(ROUTER_PARTITION_COUNT="2")
    await actions.revive(router.context, LINE_ID)
    line = await router.finish_operations()
    assert (line.state, line.hub) == (LineState.ACTIVE, MADE)


async def test_a_line_stored_without_them_is_asked_for_with_the_present_settings(
    router: InMemoryRouter,
) -> None:
    line = await router.register()
    router.restart(ROUTER_PARTITION_COUNT="7", ROUTER_VISIBILITY_SECONDS="90061")
    app_spec = spec.app_spec(line, router.settings)
    assert app_spec.settings[f"{_PROVIDER}partitionCount"] == "7"
    assert app_spec.settings[f"{_PROVIDER}controlQueueVisibilityTimeout"] == "1.01:01:01"


@pytest.mark.parametrize(
    ("account", "store"),
    [
        ("orders17", "orders17/Lines"),
        ("DefaultEndpointsProtocol=https;AccountName=orders17;AccountKey=k=", "orders17/Lines"),
        (
            "TableEndpoint=https://orders17.table.core.windows.net/;SharedAccessSignature=sv=1",
            "orders17/Lines",
        ),
        ("UseDevelopmentStorage=true", "/Lines"),
    ],
)
def test_a_store_is_the_same_however_its_account_is_opened(account: str, store: str) -> None:
    settings = Settings.from_environ(SETTINGS | {"ROUTER_TRACKING_STORAGE": account})
    assert spec.tracking_store(settings) == store
