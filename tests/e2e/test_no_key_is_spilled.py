"""No key of a function app is anywhere but where its host keeps it, whatever has been done.

Lines are made, patched, put back, retired, revived and fail; requests are refused. Then all is
stopped, and every byte is searched: what was answered, stored and logged.
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

from demo.client import Router
from tests.e2e import ledger, spilled
from tests.e2e.conftest import Stack
from tests.e2e.until import ended, line_in, operation_ended, until

SETTINGS = {"ROUTER_AUTO_DRAIN": "false", "ROUTER_STEP_SECONDS": "20"}


@pytest.fixture
def heard() -> spilled.Heard:
    return spilled.Heard()


@pytest_asyncio.fixture
async def session(heard: spilled.Heard) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trace_configs=[heard.tracing]) as opened:
        yield opened
    await asyncio.sleep(0)


async def test_no_key_is_in_any_answer_log_history_or_row(
    router: Router, stack: Stack, session: aiohttp.ClientSession, heard: spilled.Heard
) -> None:
    endpoints = stack.endpoints
    storage = endpoints["storage"]
    stories = await asyncio.gather(
        is_patched_and_put_back(router),
        is_retired_and_revived(router, storage),
        fails_to_come_up(router),
        is_refused(session, endpoints["router"], endpoints["keys"]),
    )
    keys = await spilled.keys(storage) | {key for told in stories for key in told}
    planted = token_urlsafe(40)
    await plant(planted, storage)
    (stack.state / "logs" / "planted.log").write_text(f"code={planted}")
    blobs = await spilled.blobs(storage)
    stack.down()
    places = heard.answers | blobs | spilled.files(stack.state)

    the_search_finds(planted, places)
    # Azure's own, where the hosts keep them; the router's also in the file of who runs it here.
    kept = {where for where in blobs if where.startswith(f"blob {spilled.SECRETS}/")}
    of_the_router = {endpoints["keys"][name] for name in ("client", "ops", "host")}
    assert of_the_router < keys
    assert spilled.holding(keys - of_the_router, places) == kept
    assert spilled.holding(of_the_router, places) <= kept | {"file keys.json"}
    links = json.loads((stack.state / "keys.json").read_text())["links"]
    assert spilled.holding([links], places) == {"file keys.json"}
    # What the emulated Azure keeps of the settings of its sites, and of its identities.
    account = dict(part.split("=", 1) for part in storage.split(";") if part)["AccountKey"]
    assert spilled.holding([account], places) == {"file arm/resources.sqlite"}
    identity = endpoints["identity"]["header"]
    assert spilled.holding([identity], places) == {"file arm/identity.json"}


def the_search_finds(planted: str, places: Mapping[str, bytes]) -> None:
    """What was put into each kind of place is found there, so what is not found is not there."""
    assert {where.rpartition("/")[0] for where in spilled.holding([planted], places)} == {
        "file azurite",  # the tables
        "file azurite/__queuestorage__",
        "blob planted",
        "file logs",
    }


async def is_patched_and_put_back(router: Router) -> set[str]:
    starts = ledger.Ledger(router)
    await router.register("1.0.0", ledger.package("1.0.0"))
    waiting = await starts.start("waits", "1.0")
    await line_in(router, "1.0", "active")
    for version, broken in (("1.0.1", False), ("1.0.2", True)):
        taken = await router.register(version, ledger.package(version, broken=broken))
        operation = await operation_ended(router, taken.headers["Location"])
        assert operation["state"] == ("failed" if broken else "succeeded")
        await router.get("/api/lines/1.0")
    await starts.start("no_such_function", "1.0")
    await starts.go(waiting)
    status = await ended(router, waiting.started)
    assert status["output"]["endedBy"] == "1.0.1"
    await router.follow(waiting.started.status_url + "&showHistory=true&showHistoryOutput=true")
    return set()


async def is_retired_and_revived(router: Router, storage: str) -> set[str]:
    """Gives the keys of the app that goes."""
    starts = ledger.Ledger(router)
    await router.register("2.0.0", ledger.package("2.0.0"))
    await ended(router, (await starts.start("quick", "2.0")).started)
    keys = await spilled.keys(storage)
    await router.order("2.0", "drain")
    await line_in(router, "2.0", "retired")
    await router.get("/api/operations/retire-2-0-2")
    await ended(router, (await starts.start("quick", "2.0")).started)
    return keys


async def fails_to_come_up(router: Router) -> set[str]:
    await router.register("3.0.0", ledger.package("3.0.0", broken=True))
    starts = ledger.Ledger(router)
    await starts.start("quick", "3.0")
    await line_in(router, "3.0", "failed")

    async def ask() -> int:
        return (await starts.ask("quick", "3.0")).status

    await until(ask, lambda status: status == 503)
    await router.get("/api/operations/provision-3-0-1")
    return set()


async def is_refused(session: aiohttp.ClientSession, url: str, keys: dict[str, str]) -> set[str]:
    """Keys that are wrong, or in the address, where logs may see them."""
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
    return set()


async def plant(secret: str, storage: str) -> None:
    """Spill a secret into a row, a message and a blob, each in another form."""
    encoded = b64encode(b"the key is " + secret.encode()).decode()
    async with (
        TableServiceClient.from_connection_string(storage) as tables,
        QueueServiceClient.from_connection_string(storage) as queues,
        BlobServiceClient.from_connection_string(storage) as blobs,
    ):
        table = await tables.create_table("planted")
        await table.create_entity({"PartitionKey": "a", "RowKey": "b", "said": encoded})
        queue = await queues.create_queue("planted")
        await queue.send_message(json.dumps({"key": secret}), visibility_timeout=600)
        container = await blobs.create_container("planted")
        await container.upload_blob("packed", gzip.compress(encoded.encode()))
