"""The task hub that the triggers of a site name."""

from typing import Any

import pytest

from emulator.arm.scaling.triggers import Watched, watched


def function(kind: str) -> dict[str, Any]:
    return {"name": "f", "config": {"bindings": [{"type": kind}]}}


DURABLE = [function("httpTrigger"), function("activityTrigger")]


def file(**durable: Any) -> dict[str, Any]:
    return {"version": "2.0", "extensions": {"durableTask": durable}}


def test_file_names_hub_connection_and_partitions() -> None:
    provider = {"connectionName": "Lines", "PartitionCount": 2}
    found = watched(DURABLE, file(HubName="FileHub", storageProvider=provider), "orders")
    assert found == Watched("FileHub", "Lines", 2)
    assert found.queues == ("filehub-control-00", "filehub-control-01", "filehub-workitems")


@pytest.mark.parametrize(("site", "hub"), [("my-orders", "myorders"), ("a-b", "abHub")])
def test_file_without_a_hub_gives_the_sites_own(site: str, hub: str) -> None:
    assert watched(DURABLE, {"version": "2.0"}, site) == Watched(hub, "Storage", 4)


def test_older_spelling_of_the_connection_counts() -> None:
    found = watched(DURABLE, file(storageProvider={"connectionStringName": "Old"}), "orders")
    assert found is not None
    assert found.connection == "Old"


def test_app_without_durable_functions_is_not_watched() -> None:
    assert watched([function("httpTrigger")], file(hubName="Hub"), "orders") is None


def test_queues_of_another_provider_are_not_watched() -> None:
    assert watched(DURABLE, file(storageProvider={"type": "azureManaged"}), "orders") is None
