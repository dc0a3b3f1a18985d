"""The key of a function app is only where its host keeps it.

Lines are provisioned, patched, rolled back, retired and revived, others fail, and requests are
refused. Then everything is stopped, and every byte that was sent, stored or logged is searched.
"""

import asyncio
import gzip
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from secrets import token_urlsafe

import aiohttp
import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from harness.local_stack import LocalStack
from harness.router_client import RouterClient
from harness.waiting import instance_ended, line_in, operation_ended, until
from tests.e2e import secret_search
from tests.e2e.secret_search import ResponseRecorder
from tests.e2e.starts import Starts, package

SETTINGS = {"ROUTER_AUTO_DRAIN": "false", "ROUTER_STEP_SECONDS": "20"}


@pytest.fixture
def recorder() -> ResponseRecorder:
    return ResponseRecorder()


@pytest_asyncio.fixture
async def session(recorder: ResponseRecorder) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trace_configs=[recorder.tracing]) as opened:
        yield opened
    await asyncio.sleep(0)


async def test_keys_appear_in_no_response_log_history_or_row(
    router: RouterClient,
    stack: LocalStack,
    session: aiohttp.ClientSession,
    recorder: ResponseRecorder,
) -> None:
    endpoints = stack.endpoints
    storage = endpoints["storage"]
    former_keys, *_ = await asyncio.gather(
        retire_and_revive(router, storage),
        patch_and_roll_back(router),
        fail_to_come_up(router),
        be_refused(session, endpoints["router"], endpoints["keys"]),
    )
    keys = await secret_search.keys(storage) | former_keys
    planted = token_urlsafe(40)
    await plant(planted, storage)
    (stack.state / "logs" / "planted.log").write_text(f"code={planted}")
    blobs = await secret_search.blobs(storage)
    await stack.down()
    locations = recorder.responses | blobs | secret_search.files(stack.state)

    check_search_finds(planted, locations)
    # Hosts keep their keys there, and the local run keeps the router's in a file as well.
    kept = {where for where in blobs if where.startswith(f"blob {secret_search.SECRETS}/")}
    of_the_router = {endpoints["keys"][name] for name in ("client", "ops", "host")}
    assert of_the_router < keys
    assert secret_search.containing(keys - of_the_router, locations) == kept
    assert secret_search.containing(of_the_router, locations) <= kept | {"file keys.json"}
    links = json.loads((stack.state / "keys.json").read_text())["links"]
    assert secret_search.containing([links], locations) == {"file keys.json"}
    # The emulated Azure stores the settings of its sites, and its identities.
    account = dict(part.split("=", 1) for part in storage.split(";") if part)["AccountKey"]
    assert secret_search.containing([account], locations) == {"file arm/resources.sqlite"}
    identity = endpoints["identity"]["header"]
    assert secret_search.containing([identity], locations) == {"file arm/identity.json"}


def check_search_finds(planted: str, locations: Mapping[str, bytes]) -> None:
    """Check that a secret planted in each kind of location is found there."""
    assert {
        where.rpartition("/")[0] for where in secret_search.containing([planted], locations)
    } == {
        "file azurite",  # the tables
        "file azurite/__queuestorage__",
        "blob planted",
        "file logs",
    }


async def patch_and_roll_back(router: RouterClient) -> None:
    starts = Starts(router)
    await router.register("1.0.0", package("1.0.0"))
    waiting = await starts.start("waits", "1.0")
    await line_in(router, "1.0", "active")
    for version, broken in (("1.0.1", False), ("1.0.2", True)):
        taken = await router.register(version, package(version, broken=broken))
        operation = await operation_ended(router, taken.headers["Location"])
        assert operation["state"] == ("failed" if broken else "succeeded")
        await router.get("/api/lines/1.0")
    await starts.start("no_such_function", "1.0")
    await starts.send_event(waiting)
    status = await instance_ended(router, waiting.started)
    assert status["output"]["endedBy"] == "1.0.1"
    await router.follow(waiting.started.status_url + "&showHistory=true&showHistoryOutput=true")


async def retire_and_revive(router: RouterClient, storage: str) -> set[str]:
    """Return the keys of the app that is deleted."""
    starts = Starts(router)
    await router.register("2.0.0", package("2.0.0"))
    await instance_ended(router, (await starts.start("quick", "2.0")).started)
    keys = await secret_search.keys(storage)
    await router.line_action("2.0", "drain")
    await line_in(router, "2.0", "retired")
    await router.get("/api/operations/retire-2-0-2")
    await instance_ended(router, (await starts.start("quick", "2.0")).started)
    return keys


async def fail_to_come_up(router: RouterClient) -> None:
    await router.register("3.0.0", package("3.0.0", broken=True))
    starts = Starts(router)
    await starts.start("quick", "3.0")
    await line_in(router, "3.0", "failed")

    async def request() -> int:
        return (await starts.request("quick", "3.0")).status

    await until(request, lambda status: status == 503)
    await router.get("/api/operations/provision-3-0-1")


async def be_refused(session: aiohttp.ClientSession, url: str, keys: dict[str, str]) -> None:
    """Send keys that are wrong, or in the URL, where they may be logged."""
    for method, path, status in (
        ("GET", f"/api/lines?code={keys['ops']}", 200),
        ("GET", f"/api/lines?code={keys['client']}", 401),
        ("POST", f"/api/orchestrators/quick?version=9.9&code={keys['client']}", 404),
        ("POST", f"/api/orchestrators/quick?version=x&code={keys['host']}", 400),
        ("GET", f"/api/no/such/route?code={keys['host']}", 404),
        ("PUT", f"/api/releases/1.0?code={keys['ops']}", 400),
    ):
        async with session.request(method, url + path) as answer:
            assert answer.status == status, (path, await answer.text())
            await answer.read()


async def plant(secret: str, storage: str) -> None:
    """Write a secret into a row, a message and a blob, each in another form."""
    encoded = b64encode(b"the key is " + secret.encode()).decode()
    async with (
        TableServiceClient.from_connection_string(storage) as tables,
        QueueServiceClient.from_connection_string(storage) as queues,
        BlobServiceClient.from_connection_string(storage) as blobs,
    ):
        table = await tables.create_table("planted")
        await table.create_entity({"PartitionKey": "a", "RowKey": "b", "text": encoded})
        queue = await queues.create_queue("planted")
        await queue.send_message(json.dumps({"key": secret}), visibility_timeout=600)
        container = await blobs.create_container("planted")
        await container.upload_blob("packed", gzip.compress(encoded.encode()))
