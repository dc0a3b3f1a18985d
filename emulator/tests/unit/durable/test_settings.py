"""Settings of the extension in host.json and the app settings."""

from typing import Any

import pytest

from emulator.durable.app import settings as durable_settings
from emulator.durable.app.settings import DurableSettings, InvalidSettingError
from emulator.durable.app.version_policy import VersionPolicy

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
        ({"hubName": "no-hyphens"}, "Task hub name 'no-hyphens' is not valid"),
        ({"hubName": "1x0"}, "beginning with a letter"),
        ({"versionMatchStrategy": "Newest"}, "must be one of None, Strict, CurrentOrOlder"),
        ({"storageProvider": {"partitionCount": 17}}, "must be a number from 1 to 16"),
        ({"storageProvider": {"connectionName": "Gone"}}, "connection setting 'Gone' is missing"),
        ({"overridableExistingInstanceStates": "None"}, "NonRunningStates, AnyState"),
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
    with pytest.raises(InvalidSettingError, match="'Gone' is missing"):
        settings.hub_named(None, "Gone")


def visibility(**provider: str) -> int:
    host_json = {"extensions": {"durableTask": {"storageProvider": provider}}}
    return durable_settings.read(
        {"AzureWebJobsStorage": "storage"}, host_json, "orders"
    ).hub.visibility_seconds


def test_longer_visibility_timeout_applies_to_all_queues() -> None:
    timeouts = {
        "controlQueueVisibilityTimeout": "00:00:10",
        "workItemQueueVisibilityTimeout": "00:01:05",
    }
    assert visibility(**timeouts) == 65


def test_default_visibility_timeout_is_short() -> None:
    assert visibility() == 30


@pytest.mark.parametrize("value", ["10", "00:00:00", "00:61:00", "soon"])
def test_invalid_visibility_timeout_is_rejected(value: str) -> None:
    with pytest.raises(InvalidSettingError, match="it must be a time such as 00:05:00"):
        visibility(controlQueueVisibilityTimeout=value)
