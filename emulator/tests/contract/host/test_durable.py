"""The durable extension in a host process: client binding, listener, keys."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from emulator.tests.contract.host.conftest import SETTINGS, MakeHost
from emulator.tests.contract.host.host_process import PATIENCE_SECONDS, HostProcess

API = "/runtime/webhooks/durabletask"


@pytest.fixture
async def durable(host: MakeHost, azurite: Any) -> HostProcess:
    process = host("durable_app")
    process.storage = azurite.account()
    process.start(SETTINGS)
    assert (await process.status())["state"] == "Running", process.log
    return process


async def ended(process: HostProcess, path: str) -> Any:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (answer := await process.get(path)).status != 200:
            assert answer.status == 202, answer
            await asyncio.sleep(0.1)
    return answer.json


def local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


async def test_functions_and_activities_start_instances(
    durable: HostProcess,
) -> None:
    started = await durable.get("/api/begin/one")
    assert started.status == 202
    parent = await ended(durable, local(started.json["statusQueryGetUri"]))
    assert (parent["runtimeStatus"], parent["output"]) == ("Completed", "one-child")
    master = await durable.master()
    child = await ended(durable, f"{API}/instances/one-child?code={master}")
    assert (child["runtimeStatus"], child["output"]) == ("Completed", "grown")


async def test_durable_api_requires_system_or_master_key(durable: HostProcess) -> None:
    keys = {
        "system": durable.keys("host", "systemKeys")["durabletask_extension"],
        "master": await durable.master(),
        "host": durable.keys("host", "functionKeys")["default"],
        "none": "",
        "wrong": "x",
    }
    statuses = {n: (await durable.get(f"{API}/instances", key)).status for n, key in keys.items()}
    assert statuses == {"system": 200, "master": 200, "host": 403, "none": 401, "wrong": 401}


async def test_management_urls_have_the_current_system_key(durable: HostProcess) -> None:
    new = await durable.ask(
        "POST", "/admin/host/systemkeys/durabletask_extension", key=await durable.master()
    )
    started = await durable.get("/api/begin/two")
    url = started.json["statusQueryGetUri"]
    assert parse_qs(urlsplit(url).query)["code"] == [new.json["value"]]
    await ended(durable, local(url))


async def test_rpc_listener_is_not_the_public_one(
    durable: HostProcess,
) -> None:
    assert (await durable.get("/durabletask/instances")).status == 404


async def test_collection_is_reached_by_a_dot_as_an_id(durable: HostProcess) -> None:
    listed = await durable.get(f"{API}/instances/%2e", await durable.master())
    assert (listed.status, listed.json) == (200, [])


async def test_body_sent_in_chunks_is_read_by_the_api(durable: HostProcess) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'"in chunks"'

    master = await durable.master()
    path = f"{API}/orchestrators/parent/chunked?code={master}"
    assert (await durable.ask("POST", path, data=chunks())).status == 202
    shown = await durable.get(f"{API}/instances/chunked", master)
    assert shown.json["input"] == "in chunks"


async def test_deleted_system_key_is_not_made_again(durable: HostProcess) -> None:
    master, path = await durable.master(), "/admin/host/systemkeys/durabletask_extension"
    assert (await durable.ask("DELETE", path, key=master)).status == 204
    assert durable.keys("host", "systemKeys") == {}
    assert (await durable.get("/api/begin/three")).status == 202
    durable.stop()
    durable.start(SETTINGS)
    await durable.status()
    assert list(durable.keys("host", "systemKeys")) == ["durabletask_extension"]
