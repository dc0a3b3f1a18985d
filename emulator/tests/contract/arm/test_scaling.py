"""An app scales to zero, and comes back for a request or for messages that its triggers name."""

import time
import uuid
from collections.abc import Callable

import pytest
from azure.data.tables import TableClient
from azure.mgmt.web import models as m

from emulator.tests.contract.arm.arm_process import Arm, wait_until
from emulator.tests.contract.arm.azure_resources import GROUP, site, site_body
from emulator.tests.contract.arm.deployed_package import put_in_place, release
from emulator.tests.contract.arm.durable_package import Durable, durable_package
from emulator.tests.contract.arm.tiny_app import app_package

pytestmark = pytest.mark.usefixtures("group")
IDLE = 1.5
HUB = "AzureFunctionsJobHost__extensions__durableTask__hubName"


@pytest.fixture
def scaling(arm: Arm, monkeypatch: pytest.MonkeyPatch) -> Arm:
    """A control plane whose apps scale to zero after a moment."""
    arm.stop()
    monkeypatch.setenv("EMULATOR_IDLE_SECONDS", str(IDLE))
    monkeypatch.setenv("EMULATOR_VISIBILITY_SECONDS", "5")
    arm.start()
    return arm


@pytest.fixture
def hub() -> str:
    return f"Hub{uuid.uuid4().hex[:12]}"


def at_zero(arm: Arm) -> bool:
    return not arm.hosts()


def ended(storage: str, hub: str, instance: str) -> bool:
    """Return whether an instance has completed, without asking its app."""
    with TableClient.from_connection_string(storage, f"{hub}Instances") as table:
        return bool(table.get_entity(instance, "")["RuntimeStatus"] == "Completed")


def test_request_brings_an_app_back_from_zero(
    scaling: Arm, storage: str, upload: Callable[[bytes], str]
) -> None:
    app = site(scaling.web(), "orders", {"AzureWebJobsStorage": storage})
    put_in_place(scaling, app, upload(app_package("1.0.0")))
    for _ in range(2):
        wait_until(lambda: at_zero(scaling))
        assert release(app) == "1.0.0 "
    assert scaling.log().count("had nothing to do") == 2


def test_no_request_is_lost_while_an_app_ends(
    scaling: Arm, storage: str, upload: Callable[[bytes], str]
) -> None:
    app = site(scaling.web(), "orders", {"AzureWebJobsStorage": storage})
    put_in_place(scaling, app, upload(app_package("1.0.0")))
    assert release(app) == "1.0.0 "
    for step in range(12):  # around the moment at which the app ends
        time.sleep(IDLE - 0.03 + 0.005 * step)
        assert release(app) == "1.0.0 "


def test_app_that_is_always_ready_does_not_end(
    scaling: Arm, storage: str, upload: Callable[[bytes], str]
) -> None:
    client = scaling.web()
    first = site(client, "orders", {"AzureWebJobsStorage": storage})
    body = site_body(str(first.server_farm_id), {"AzureWebJobsStorage": storage}).as_dict()
    scale = body["properties"]["functionAppConfig"]["scaleAndConcurrency"]
    scale["alwaysReady"] = [{"name": "http", "instanceCount": 1}]
    app = client.web_apps.begin_create_or_update(GROUP, "orders", m.Site(body)).result()
    put_in_place(scaling, app, upload(app_package("1.0.0")))
    assert release(app) == "1.0.0 "
    time.sleep(3 * IDLE)
    assert not at_zero(scaling)


def test_due_timer_brings_an_app_back_from_zero(
    scaling: Arm, storage: str, upload: Callable[[bytes], str], hub: str
) -> None:
    client = scaling.web()
    app = site(client, "orders", {"AzureWebJobsStorage": storage})
    put_in_place(scaling, app, upload(durable_package(hub)))
    assert release(app) == "durable"
    client.web_apps.sync_function_triggers(GROUP, "orders")
    instance = Durable(scaling, app).start({"seconds": 6 + 2 * IDLE})
    wait_until(lambda: at_zero(scaling))
    assert not ended(storage, hub, instance)
    wait_until(lambda: ended(storage, hub, instance))
    wait_until(lambda: at_zero(scaling))


def test_work_waits_until_the_triggers_are_synced(
    scaling: Arm, storage: str, upload: Callable[[bytes], str], hub: str
) -> None:
    client = scaling.web()
    app = site(client, "orders", {"AzureWebJobsStorage": storage})
    put_in_place(scaling, app, upload(durable_package(hub)))
    assert release(app) == "durable"
    durable = Durable(scaling, app)
    instance = durable.start({"seconds": 0})
    wait_until(lambda: at_zero(scaling))
    assert durable.status(instance) == "Pending"
    client.web_apps.sync_function_triggers(GROUP, "orders")
    wait_until(lambda: ended(storage, hub, instance))


def test_hub_in_the_settings_alone_is_not_watched(
    scaling: Arm, storage: str, upload: Callable[[bytes], str], hub: str
) -> None:
    client = scaling.web()
    app = site(client, "orders", {"AzureWebJobsStorage": storage, HUB: hub})
    put_in_place(scaling, app, upload(durable_package("FileHub")))
    assert release(app) == "durable"
    client.web_apps.sync_function_triggers(GROUP, "orders")
    durable = Durable(scaling, app)
    instance = durable.start({"seconds": 0})
    wait_until(lambda: at_zero(scaling))
    time.sleep(2 * IDLE)
    assert durable.status(instance) == "Pending"
    put_in_place(scaling, app, upload(durable_package(hub)))
    client.web_apps.sync_function_triggers(GROUP, "orders")
    wait_until(lambda: ended(storage, hub, instance))
