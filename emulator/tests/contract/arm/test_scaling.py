"""An app scales to zero, and comes back for a request or for messages that its triggers name."""

import time
import uuid
from collections.abc import Callable

import pytest
from azure.data.tables import TableClient
from azure.mgmt.web import models as m
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient, TextBase64DecodePolicy, TextBase64EncodePolicy

from emulator.tests.contract.arm.arm_process import Arm, wait_until
from emulator.tests.contract.arm.azure_resources import GROUP, site, site_body
from emulator.tests.contract.arm.deployed_package import put_in_place, release
from emulator.tests.contract.arm.durable_package import Durable, durable_package
from emulator.tests.contract.arm.tiny_app import app_package

LISTENING = """
import json, os
import azure.functions as func

app = func.FunctionApp(func.AuthLevel.ANONYMOUS)
SELF = "AzureWebJobsStorage"

@app.route("release")
def release(req): return "listens"

@app.timer_trigger(schedule="%SCHEDULE%", arg_name="timer")
@app.queue_output(arg_name="$return", queue_name="%NAME%-out", connection=SELF)
def tick(timer: func.TimerRequest) -> str: return "tick"

@app.queue_trigger(arg_name="msg", queue_name="%NAME%-in", connection=SELF)
@app.queue_output(arg_name="$return", queue_name="%NAME%-out", connection=SELF)
def copy(msg: func.QueueMessage) -> str: return "copied"

@app.blob_trigger(arg_name="blob", path="%NAME%-box/{name}", connection=SELF)
@app.queue_output(arg_name="$return", queue_name="%NAME%-out", connection=SELF)
def seen(blob: func.InputStream) -> str: return "seen"
"""
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


class Listening:
    """An app at zero with a timer, a queue and a blob trigger, and the queue of what they did."""

    def __init__(
        self, arm: Arm, storage: str, upload: Callable[[bytes], str], schedule: str
    ) -> None:
        self.arm, name = arm, f"n{uuid.uuid4().hex[:12]}"
        settings = {"AzureWebJobsStorage": storage, "NAME": name, "SCHEDULE": schedule}
        client = arm.web()
        app = site(client, "orders", settings)
        put_in_place(arm, app, upload(app_package("1.0.0", **{"function_app.py": LISTENING})))
        assert release(app) == "listens"
        client.web_apps.sync_function_triggers(GROUP, "orders")
        self.into = QueueClient.from_connection_string(
            storage, f"{name}-in", message_encode_policy=TextBase64EncodePolicy()
        )
        self.into.create_queue()
        self.out = QueueClient.from_connection_string(
            storage, f"{name}-out", message_decode_policy=TextBase64DecodePolicy()
        )
        self.out.create_queue()
        self.box = ContainerClient.from_connection_string(storage, f"{name}-box")
        self.box.create_container()
        wait_until(lambda: at_zero(arm))

    def did(self, *expected: str) -> bool:
        return [each.content for each in self.out.peek_messages(32)] == [*expected]


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


def test_message_and_blob_bring_an_app_back_from_zero(
    scaling: Arm, storage: str, upload: Callable[[bytes], str]
) -> None:
    app = Listening(scaling, storage, upload, "0 0 0 29 2 *")
    app.into.send_message("x")
    wait_until(lambda: app.did("copied"))
    wait_until(lambda: at_zero(scaling))
    app.box.upload_blob("x", b"x")
    wait_until(lambda: app.did("copied", "seen"))
    wait_until(lambda: at_zero(scaling))


def test_scheduled_timer_brings_an_app_back_from_zero(
    scaling: Arm, storage: str, upload: Callable[[bytes], str]
) -> None:
    app = Listening(scaling, storage, upload, "*/20 * * * * *")
    wait_until(lambda: app.did("tick"), 60)
