"""What host.json and app settings make of the extension."""

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
    found = read()
    assert (found.hub.name, found.hub.partition_count) == ("orders10", 4)
    assert (found.hub.queue_connection, found.hub.tracking_connection) == ("default", "default")
    assert found.hub.tracking_prefix is None
    assert found.connection == "Storage"
    assert found.versions == VersionPolicy(None, "CurrentOrOlder", "Reject")
    assert found.replaceable == {"Completed", "Failed", "Terminated", "Canceled"}
    assert not found.use_forwarded_host


def test_a_hub_name_may_be_a_settings() -> None:
    assert read(hubName="%HUB%").hub.name == "Orders1x0"


def test_a_shared_tracking_store() -> None:
    storage = {"trackingStoreConnectionStringName": "Tracking", "trackingStoreNamePrefix": "Shared"}
    hub = read(storageProvider=storage).hub
    assert (hub.tracking_connection, hub.tracking_prefix) == ("tracking", "Shared")
    assert hub.queue_connection == "default"


def test_a_tracking_prefix_alone_is_ignored_and_a_connection_alone_has_the_default() -> None:
    assert read(storageProvider={"trackingStoreNamePrefix": "S"}).hub.tracking_prefix is None
    storage = {"trackingStoreConnectionName": "Tracking"}
    assert read(storageProvider=storage).hub.tracking_prefix == "DurableTask"


def test_another_connection_is_named_in_urls() -> None:
    found = read(storageProvider={"connectionName": "Other", "partitionCount": "2"})
    assert (found.hub.queue_connection, found.connection) == ("other", "Other")
    assert found.hub.partition_count == 2


def test_texts_of_app_settings_are_understood() -> None:
    found = read(
        defaultVersion="1.0",
        versionMatchStrategy="strict",
        versionFailureStrategy="FAIL",
        maxConcurrentActivityFunctions="3",
        maxConcurrentOrchestratorFunctions=5,
        overridableExistingInstanceStates="AnyState",
        httpSettings={"useForwardedHost": "true"},
    )
    assert found.versions == VersionPolicy("1.0", "Strict", "Fail")
    assert (found.hub.max_concurrent_activities, found.hub.max_concurrent_orchestrators) == (3, 5)
    assert "Running" in found.replaceable
    assert found.use_forwarded_host


@pytest.mark.parametrize(
    ("durable", "told"),
    [
        ({"hubName": "no-hyphens"}, "Task hub name 'no-hyphens' is not valid"),
        ({"hubName": "1x0"}, "beginning with a letter"),
        ({"versionMatchStrategy": "Newest"}, "must be one of None, Strict, CurrentOrOlder"),
        ({"storageProvider": {"partitionCount": 17}}, "must be a number from 1 to 16"),
        ({"storageProvider": {"connectionName": "Gone"}}, "connection setting 'Gone' is missing"),
        ({"overridableExistingInstanceStates": "None"}, "NonRunningStates, AnyState"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(durable: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidSettingError, match=told):
        read(**durable)


def test_a_request_may_name_another_hub_and_another_connection() -> None:
    found = read(hubName="Own")
    assert found.hub_named(None, "Storage") is found.hub
    assert found.hub_named("own", None) is found.hub
    assert found.hub_named("Else", None).name == "Else"
    other = found.hub_named(None, "Other")
    assert (other.name, other.queue_connection, other.tracking_connection) == (
        "Own",
        "other",
        "other",
    )
    with pytest.raises(InvalidSettingError, match="'Gone' is missing"):
        found.hub_named(None, "Gone")
