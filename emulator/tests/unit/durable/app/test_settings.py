"""Settings of the extension in host.json and the app settings."""

from typing import Any

import pytest

from emulator.durable.app import settings as durable_settings
from emulator.durable.app.settings import DurableSettings
from emulator.durable.app.version_policy import VersionPolicy
from emulator.engine.model.hub_settings import MessageEncoding
from emulator.host.errors import InvalidSettingError

APP_SETTINGS = {"AzureWebJobsStorage": "default", "Tracking": "tracking", "Other": "other"}


def read(site: str = "orders-1-0", **durable: Any) -> DurableSettings:
    host_json = {"extensions": {"durableTask": durable}}
    return durable_settings.read({**APP_SETTINGS, "HUB": "Orders1x0"}, host_json, site)


def test_defaults() -> None:
    settings = read()
    assert (settings.hub.name, settings.hub.partition_count) == ("orders10", 4)
    assert (settings.hub.queue_connection, settings.hub.tracking_connection) == (
        "default",
        "default",
    )
    assert settings.hub.tracking_prefix is None
    assert settings.connection == "Storage"
    assert settings.versions == VersionPolicy(None, "CurrentOrOlder", "Reject")
    assert settings.replaceable == {"Completed", "Failed", "Terminated", "Canceled"}
    assert not settings.use_forwarded_host


def test_hub_name_may_refer_to_app_setting() -> None:
    assert read(hubName="%HUB%").hub.name == "Orders1x0"


def test_instances_of_an_app_are_workers_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read().hub.worker == "orders-1-0"
    monkeypatch.setitem(APP_SETTINGS, "WEBSITE_INSTANCE_ID", "second")
    assert read().hub.worker == "second"


def test_tracking_store_may_be_shared() -> None:
    storage = {"trackingStoreConnectionStringName": "Tracking", "trackingStoreNamePrefix": "Shared"}
    hub = read(storageProvider=storage).hub
    assert (hub.tracking_connection, hub.tracking_prefix) == ("tracking", "Shared")
    assert hub.queue_connection == "default"


def test_tracking_prefix_needs_connection_and_has_default() -> None:
    assert read(storageProvider={"trackingStoreNamePrefix": "S"}).hub.tracking_prefix is None
    storage = {"trackingStoreConnectionName": "Tracking"}
    assert read(storageProvider=storage).hub.tracking_prefix == "DurableTask"


def test_other_connection_is_named_in_urls() -> None:
    settings = read(storageProvider={"connectionName": "Other", "partitionCount": "2"})
    assert (settings.hub.queue_connection, settings.connection) == ("other", "Other")
    assert settings.hub.partition_count == 2


def test_app_setting_texts_are_parsed() -> None:
    settings = read(
        defaultVersion="1.0",
        versionMatchStrategy="strict",
        versionFailureStrategy="FAIL",
        maxConcurrentActivityFunctions="3",
        maxConcurrentOrchestratorFunctions=5,
        overridableExistingInstanceStates="AnyState",
        httpSettings={"useForwardedHost": "true"},
    )
    assert settings.versions == VersionPolicy("1.0", "Strict", "Fail")
    assert (settings.hub.max_concurrent_activities, settings.hub.max_concurrent_orchestrators) == (
        3,
        5,
    )
    assert "Running" in settings.replaceable
    assert settings.use_forwarded_host


@pytest.mark.parametrize(
    ("durable", "text"),
    [
        ({"hubName": "no-hyphens"}, "'no-hyphens' should contain only.*Invalid table name"),
        ({"hubName": "ab"}, "Invalid container name length"),
        ({"hubName": "x" * 51}, "and have length between 3 and 45.$"),
        ({"hubName": ""}, "Invalid blob name"),
        ({"hubName": "%NOT_SET%"}, "Task hub name '%NOT_SET%' should"),
        ({"versionMatchStrategy": "Newest"}, "durableTask:versionMatchStrategy' to type"),
        ({"maxConcurrentEntityFunctions": "many"}, "to type 'System.Int32'"),
        ({"storageProvider": {"partitionCount": 17}}, "an integer value between 1 and 16"),
        ({"storageProvider": {"partitionCount": "x"}}, "'partitionCount', line 1, position 21"),
        ({"storageProvider": {"connectionName": "Gone"}}, "connection named 'Gone'"),
        ({"overridableExistingInstanceStates": "None"}, "overridableExistingInstanceStates"),
    ],
)
def test_invalid_value_is_reported_by_name(durable: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidSettingError, match=text):
        read(**durable)


def test_request_may_name_other_hub_and_connection() -> None:
    settings = read(hubName="Own")
    assert settings.hub_named(None, "Storage") is settings.hub
    assert settings.hub_named("own", None) is settings.hub
    assert settings.hub_named("Else", None).name == "Else"
    other = settings.hub_named(None, "Other")
    assert (other.name, other.queue_connection, other.tracking_connection) == (
        "Own",
        "other",
        "other",
    )
    with pytest.raises(InvalidSettingError, match="named 'Gone'"):
        settings.hub_named(None, "Gone")


def test_connection_with_prefix_of_webjobs_comes_first() -> None:
    both = {**APP_SETTINGS, "AzureWebJobsOther": "prefixed"}
    host_json = {"extensions": {"durableTask": {"storageProvider": {"connectionName": "other"}}}}
    assert durable_settings.read(both, host_json, "s").hub.queue_connection == "prefixed"


def test_encoding_of_messages_is_read_regardless_of_case() -> None:
    assert read().hub.encoding is MessageEncoding.UTF8
    storage = {"queueClientMessageEncoding": "base64"}
    assert read(storageProvider=storage).hub.encoding is MessageEncoding.BASE64


def visibility(emulator: str | None = None, **provider: str) -> tuple[int, int]:
    host_json = {"extensions": {"durableTask": {"storageProvider": provider}}}
    quick = {"EMULATOR_VISIBILITY_SECONDS": emulator} if emulator else {}
    hub = durable_settings.read(
        {"AzureWebJobsStorage": "storage", **quick}, host_json, "orders"
    ).hub
    return hub.visibility_seconds, hub.work_item_visibility


def test_every_queue_has_its_visibility_timeout() -> None:
    timeouts = {
        "controlQueueVisibilityTimeout": "00:02:00",
        "workItemQueueVisibilityTimeout": "00:00:10",
    }
    assert visibility(**timeouts) == (120, 10)
    assert visibility() == (300, 300)


def test_emulator_replaces_both_visibility_timeouts_once_valid() -> None:
    assert visibility("7", controlQueueVisibilityTimeout="00:02:00") == (7, 7)
    with pytest.raises(InvalidSettingError, match="between 1 and 60 minutes"):
        visibility("7", controlQueueVisibilityTimeout="00:00:07")


@pytest.mark.parametrize("value", ["00:61:00", "24:00:00", "soon"])
def test_time_that_dotnet_cannot_read_is_rejected(value: str) -> None:
    with pytest.raises(InvalidSettingError, match=r"to System\.TimeSpan"):
        visibility(workItemQueueVisibilityTimeout=value)


@pytest.mark.parametrize("value", ["10", "01:00:01", "00:00:59", "8.00:00:00"])
def test_visibility_of_control_queues_has_limits(value: str) -> None:
    with pytest.raises(InvalidSettingError, match="between 1 and 60 minutes"):
        visibility(controlQueueVisibilityTimeout=value)


def test_start_without_webjobs_storage_is_refused() -> None:
    with pytest.raises(InvalidSettingError, match="connection named 'Storage'"):
        durable_settings.read({}, {}, "orders")
