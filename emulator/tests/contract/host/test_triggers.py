"""Functions that a timer, a queue or a blob calls, and what they read from and write to storage."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import (
    QueueServiceClient,
    TextBase64DecodePolicy,
    TextBase64EncodePolicy,
)

from emulator.tests.contract.host.conftest import NUMBERS, MakeHost
from emulator.tests.contract.host.host_process import HostProcess, until

CODE = """
import json, logging, os
import azure.functions as func
import azure.durable_functions as df

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
SELF = "AzureWebJobsStorage"

@app.timer_trigger(schedule="%SCHEDULE%", arg_name="timer", run_on_startup=True)
@app.durable_client_input(client_name="client")
async def tick(timer: func.TimerRequest, client):
    logging.info("ticked past_due=%s %s", timer.past_due, json.dumps(timer.schedule_status))
    await client.start_new("flow", os.environ["WEBSITE_SITE_NAME"])

@app.orchestration_trigger(context_name="context")
def flow(context):
    return "flowed"
    yield

@app.queue_trigger(arg_name="msg", queue_name="%IN%", connection=SELF)
@app.queue_output(arg_name="out", queue_name="%OUT%", connection=SELF)
@app.blob_output(arg_name="file", path="%BOX%/made/{name}.txt", connection=SELF)
def copy(msg: func.QueueMessage, out: func.Out[str], file: func.Out[bytes]):
    body = msg.get_json()
    if body["name"] == "bad":
        logging.info("attempt %d", msg.dequeue_count)
        raise ValueError("bad")
    assert msg.id and msg.pop_receipt and msg.insertion_time.year > 2000
    file.set(b"\\xff" + body["name"].encode())
    out.set(body["name"] + "!")

@app.blob_trigger(arg_name="blob", path="%BOX%/in/{stem}.bin", connection=SELF, data_type="binary")
@app.queue_output(arg_name="$return", queue_name="%OUT%", connection=SELF)
def seen(blob: func.InputStream) -> str:
    return json.dumps([blob.name, blob.length, blob.uri[-8:], len(blob.read())])

@app.route("read/{name}")
@app.blob_input(arg_name="file", path="%BOX%/{name}", connection=SELF, data_type="binary")
def read(req: func.HttpRequest, file: func.InputStream) -> str:
    return str(file and file.read())

@app.event_hub_message_trigger(arg_name="event", event_hub_name="hub", connection="HUB")
def later(event: func.EventHubEvent): ...

@app.queue_trigger(arg_name="msg", queue_name="x", connection="NOWHERE")
def lost(msg: func.QueueMessage): ...
"""


class Store:
    """The queues and the container of one app."""

    def __init__(self, storage: str, name: str) -> None:
        self.name = name
        self._queues = QueueServiceClient.from_connection_string(storage)
        self.blobs = BlobServiceClient.from_connection_string(storage)
        self.box = self.blobs.get_container_client(f"{name}-box")
        self.box.create_container()

    @property
    def settings(self) -> dict[str, str]:
        return {
            "IN": f"{self.name}-in",
            "OUT": f"{self.name}-out",
            "BOX": f"{self.name}-box",
            "SCHEDULE": "0 0 0 29 2 *",
            "WEBSITE_SITE_NAME": self.name,
        }

    def queue(self, end: str) -> Any:
        return self._queues.get_queue_client(
            f"{self.name}-{end}",
            message_encode_policy=TextBase64EncodePolicy(),
            message_decode_policy=TextBase64DecodePolicy(),
        )

    def send(self, value: Any) -> None:
        queue = self.queue("in")
        with contextlib.suppress(ResourceExistsError):
            queue.create_queue()
        queue.send_message(json.dumps(value))

    def received(self, end: str = "out") -> list[str]:
        try:
            return [message.content for message in self.queue(end).peek_messages(32)]
        except ResourceNotFoundError:
            return []

    def close(self) -> None:
        self._queues.close()
        self.blobs.close()


@pytest.fixture
def store(storage: str) -> Iterator[Store]:
    made = Store(storage, f"triggers{next(NUMBERS)}")
    yield made
    made.close()


@pytest.fixture
def app(host: MakeHost, store: Store, tmp_path: Path) -> HostProcess:
    """A host, not started, of an app with all triggers that are emulated, and one that is not."""
    package = tmp_path / "triggers"
    package.mkdir()
    (package / "function_app.py").write_text(CODE)
    (package / "host.json").write_text('{"version": "2.0"}')
    return host(package, store.name)


async def start(app: HostProcess, settings: dict[str, str]) -> HostProcess:
    app.start(settings)
    assert (await app.status())["state"] == "Running", app.log
    return app


def logged(app: HostProcess, text: str) -> Callable[[], bool]:
    return lambda: text in app.log


async def test_timer_fires_on_startup_and_starts_work(app: HostProcess, store: Store) -> None:
    await start(app, store.settings)
    await until(logged(app, "ticked past_due=False"))
    path = "/runtime/webhooks/durabletask/instances/" + store.name
    async with asyncio.timeout(30):
        while (found := await app.get(path, await app.master())).status != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert found.json["output"] == "flowed"
    status = f"timers/{store.name}/Host.Functions.tick/status"
    blob = store.blobs.get_blob_client("azure-webjobs-hosts", status)
    document = json.loads(blob.download_blob().readall())
    assert document["Last"] > "2000"
    assert document["Next"].endswith("-02-29T00:00:00+00:00")


async def test_timer_that_was_missed_is_past_due(app: HostProcess, store: Store) -> None:
    settings = {**store.settings, "SCHEDULE": "0 * * * * *"}
    blob = store.blobs.get_blob_client(
        "azure-webjobs-hosts", f"timers/{store.name}/Host.Functions.tick/status"
    )
    await start(app, settings)
    await until(logged(app, "ticked past_due=False"))
    app.stop()
    missed = {
        "Last": "2026-01-01T00:00:30+00:00",
        "Next": "2026-01-01T00:01:00+00:00",
        "LastUpdated": "2026-01-01T00:00:30+00:00",
    }
    blob.upload_blob(json.dumps(missed), overwrite=True)
    await start(app, settings)
    await until(logged(app, f"ticked past_due=True {json.dumps(missed)}"))


async def test_timer_of_seconds_has_no_status(app: HostProcess, store: Store) -> None:
    await start(app, {**store.settings, "SCHEDULE": "*/1 * * * * *"})
    await until(lambda: app.log.count("ticked past_due=False {}") > 2)


async def test_message_is_handled_once_and_deleted(app: HostProcess, store: Store) -> None:
    await start(app, store.settings)
    for name in ("a", "b"):
        store.send({"name": name})
    await until(lambda: sorted(store.received()) == ["a!", "b!"])
    assert store.box.download_blob("made/a.txt").readall() == b"\xffa"
    await until(lambda: not store.received("in"))
    properties = store.queue("in").get_queue_properties()
    assert properties.approximate_message_count == 0


async def test_message_that_fails_is_poison_after_five(app: HostProcess, store: Store) -> None:
    await start(app, store.settings)
    store.send({"name": "bad"})
    await until(lambda: store.received("in-poison") == ['{"name": "bad"}'])
    assert [n for n in range(1, 7) if f"attempt {n}" in app.log] == [1, 2, 3, 4, 5]
    assert store.received("in") == []


async def test_blob_is_handled_once_per_version(app: HostProcess, store: Store) -> None:
    store.box.upload_blob("in/one.bin", b"\xff\xfe")
    store.box.upload_blob("in/one.txt", b"no match")
    await start(app, store.settings)
    await until(lambda: len(store.received()) == 1)
    first = json.loads(store.received()[0])
    assert first == [f"{store.name}-box/in/one.bin", 2, "/one.bin", 2]
    app.stop()
    await start(app, store.settings)
    store.box.upload_blob("in/one.bin", b"new", overwrite=True)
    await until(lambda: len(store.received()) == 2)
    assert json.loads(store.received()[1])[1] == 3
    await asyncio.sleep(3)
    assert len(store.received()) == 2


async def test_http_function_reads_a_blob(app: HostProcess, store: Store) -> None:
    store.box.upload_blob("x", b"\xff")
    await start(app, store.settings)
    assert (await app.get("/api/read/x")).body == b"b'\\xff'"
    assert (await app.get("/api/read/none")).body == b"None"


async def test_other_triggers_are_listed_with_a_warning(app: HostProcess, store: Store) -> None:
    await start(app, store.settings)
    listed = (await app.get("/admin/functions", await app.master())).json
    later = next(each for each in listed if each["name"] == "later")
    assert later["isDisabled"] is False
    assert later["config"]["bindings"][0]["type"] == "eventHubTrigger"
    assert "The function 'later' (eventHubTrigger) is listed but never runs here" in app.log
    await until(logged(app, "The 'lost' function is in error: Storage account connection string"))


async def test_disabled_functions_do_not_listen(app: HostProcess, store: Store) -> None:
    names = ("tick", "copy", "seen")
    settings = {f"AzureWebJobs.{name}.Disabled": "true" for name in names}
    store.box.upload_blob("in/one.bin", b"x")
    store.send({"name": "a"})
    await start(app, {**store.settings, **settings})
    await until(logged(app, "Function 'seen' is disabled"))
    await asyncio.sleep(3)
    assert (store.received("in"), store.received()) == (['{"name": "a"}'], [])
    assert "ticked" not in app.log
