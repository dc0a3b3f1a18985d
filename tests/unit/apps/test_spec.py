"""The router's settings change while a line is up: its hub is judged by what it was made with."""

import json

import pytest

from router.apps import spec
from router.domain.hub_settings import HubSettings
from router.domain.line_states import LineState
from router.domain.model import Blocker, BlockerKind, Verdict
from router.domain.reserved_settings import is_reserved
from router.draining import judgement
from router.lines import actions, monitor
from router.settings import Settings
from tests.fakes.azure import HELD, VISIBLE
from tests.fakes.router import LINE_ID, NOON, SETTINGS, InMemoryRouter

MADE = HubSettings(4, 60.0, "/Hub1x0")
_PROVIDER = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"


@pytest.fixture
def router() -> InMemoryRouter:
    return InMemoryRouter()


async def test_queue_messages_of_lines_are_in_base64(router: InMemoryRouter) -> None:
    """As plain text, one with U+FFFE would hold up its whole hub."""
    await router.provision()
    [app] = router.azure.requested_apps
    assert app.settings[f"{_PROVIDER}queueClientMessageEncoding"] == "Base64"


async def test_line_keeps_its_hub_settings_until_the_hub_is_deleted(
    router: InMemoryRouter,
) -> None:
    assert (await router.provision()).hub == MADE
    router.restart(ROUTER_PARTITION_COUNT="2", ROUTER_VISIBILITY_SECONDS="90")
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
    assert (await router.finish_operations()).hub == HubSettings(2, 90.0, "/Hub1x0")


async def test_invisible_message_delays_the_drain_by_the_apps_timeout() -> None:
    router = InMemoryRouter(ROUTER_VISIBILITY_SECONDS="300")
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    router.azure.add_work()
    router.azure.pass_time(31)
    router.azure.advance(VISIBLE, HELD)
    router.restart(ROUTER_VISIBILITY_SECONDS="60")
    for _ in range(3):
        await monitor.tick(router.context, LINE_ID)
        router.azure.pass_time(69)
    await router.finish_operations()
    assert (router.azure.lost, router.azure.deleted) == ([], 0)


async def test_hub_is_read_with_the_partitions_it_was_created_with(
    router: InMemoryRouter,
) -> None:
    line = await router.provision()
    router.restart(ROUTER_PARTITION_COUNT="16")
    await judgement.check(router.context, line)
    [(_, partitions, *_)] = router.azure.calls("read")
    assert partitions == 4


async def test_hub_with_rows_in_another_account_is_not_taken_for_empty(
    router: InMemoryRouter,
) -> None:
    line = await router.provision()
    router.restart(ROUTER_TRACKING_STORAGE="others")
    drain = await judgement.check(router.context, line)
    detail = "its rows are in /Hub1x0, but the router's tracking account is 'others'"
    assert drain.verdict is Verdict.UNKNOWN
    assert drain.blockers == (Blocker(BlockerKind.UNREADABLE, detail),)


async def test_line_without_an_app_is_revived_with_current_settings(
    router: InMemoryRouter,
) -> None:
    router.azure.has_app, router.azure.tags = True, {"owner": "another team"}
    failed = await router.provision()
    assert (failed.state, failed.hub) == (LineState.FAILED, None)
    router.azure.has_app = False
    router.restart(ROUTER_TRACKING="shared", ROUTER_TRACKING_PREFIX="Others")
    await actions.revive(router.context, LINE_ID)
    revived = await router.finish_operations()
    assert (revived.state, revived.hub) == (LineState.ACTIVE, HubSettings(4, 60.0, "/Others"))
    assert (
        router.azure.requested_apps[-1].settings[f"{_PROVIDER}trackingStoreNamePrefix"] == "Others"
    )


async def test_app_is_not_recreated_on_another_account(
    router: InMemoryRouter,
) -> None:
    await router.provision()
    router.azure.has_app = False
    router.restart(ROUTER_TRACKING_STORAGE="others")
    await monitor.tick(router.context, LINE_ID)
    line = await router.finish_operations()
    assert (router.azure.has_app, line.hub) == (False, MADE)
    assert line.error is not None
    assert "its rows are in /Hub1x0, but the router's tracking account is 'others'" in line.error
    router.restart()
    await monitor.tick(router.context, LINE_ID)
    repaired = await router.finish_operations()
    assert (router.azure.has_app, repaired.error) == (True, None)


async def test_hub_is_not_verified_as_deleted_in_another_account(
    router: InMemoryRouter,
) -> None:
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    while router.azure.has_app:
        assert await router.run_next_step_and_wait()
    router.restart(ROUTER_TRACKING_STORAGE="others")
    line = await router.finish_operations()
    assert (line.state, router.azure.deleted) == (LineState.RETIRING, 0)
    router.restart()
    await monitor.tick(router.context, LINE_ID)
    line = await router.finish_operations()
    assert (line.state, router.azure.deleted) == (LineState.RETIRED, 1)


async def test_failed_line_with_an_app_keeps_its_hub_settings(
    router: InMemoryRouter,
) -> None:
    router.azure.deployment_error = "no such package"
    assert (await router.provision()).hub == MADE
    router.azure.deployment_error = None
    router.restart(ROUTER_TRACKING_STORAGE="others", ROUTER_PARTITION_COUNT="2")
    await actions.revive(router.context, LINE_ID)
    assert (await router.finish_operations()).state is LineState.FAILED
    router.restart(ROUTER_PARTITION_COUNT="2")
    await actions.revive(router.context, LINE_ID)
    line = await router.finish_operations()
    assert (line.state, line.hub) == (LineState.ACTIVE, MADE)


async def test_line_without_stored_hub_settings_gets_the_current_ones(
    router: InMemoryRouter,
) -> None:
    line = await router.register()
    router.restart(ROUTER_PARTITION_COUNT="7", ROUTER_VISIBILITY_SECONDS="3599")
    app_spec = spec.app_spec(line, router.settings)
    assert app_spec.settings[f"{_PROVIDER}partitionCount"] == "7"
    assert app_spec.settings[f"{_PROVIDER}controlQueueVisibilityTimeout"] == "00:59:59"


def test_connections_of_the_app_have_one_value() -> None:
    """A connection is looked up as AzureWebJobsX before X."""
    own = spec.app_spec(spec.new_line(InMemoryRouter().settings, LINE_ID, NOON), with_team({}))
    both = own.settings["AzureWebJobsTrackingStorage"], own.settings["TrackingStorage"]
    assert both == ("UseDevelopmentStorage=true",) * 2


@pytest.mark.parametrize(
    ("cloud", "connection"),
    [
        ("AzureCloud", {"TrackingStorage__accountName": "orders17"}),
        (
            "AzureUSGovernment",
            {
                f"TrackingStorage__{each}ServiceUri": f"https://orders17.{each}.core.usgovcloudapi.net"
                for each in ("blob", "queue", "table")
            },
        ),
    ],
)
def test_account_by_name_is_named_as_its_cloud_needs(
    cloud: str, connection: dict[str, str]
) -> None:
    own = {"ROUTER_CLOUD": cloud, "ROUTER_TRACKING_STORAGE": "orders17"}
    settings = Settings.from_environ(SETTINGS | own)
    found = spec.app_spec(spec.new_line(settings, LINE_ID, NOON), settings).settings
    tracking = {name: found[name] for name in found if name.startswith("TrackingStorage")}
    assert tracking == {"TrackingStorage__credential": "managedidentity", **connection}


def with_team(own: dict[str, str]) -> Settings:
    return Settings.from_environ({**SETTINGS, "ROUTER_LINE_SETTINGS": json.dumps(own)})


def test_app_settings_say_the_same_as_the_options_of_host_json() -> None:
    settings = with_team({})
    line = spec.new_line(settings, LINE_ID, NOON)
    found = spec.app_spec(line, settings).settings
    durable = "AzureFunctionsJobHost__extensions__durableTask__"
    options = spec.durable_options(line, settings)
    assert found[f"{durable}hubName"] == options["hubName"] == line.task_hub
    assert found[f"{durable}overridableExistingInstanceStates"] == "NonRunningStates"
    for name, value in options["storageProvider"].items():
        assert found[f"{_PROVIDER}{name}"] == str(value)


def test_safety_rests_on_every_setting_of_the_routers_own() -> None:
    settings = with_team({"STRIPE": "x"})
    found = spec.app_spec(spec.new_line(settings, LINE_ID, NOON), settings).settings
    assert [name for name in found if not is_reserved(name)] == ["STRIPE"]
