"""Keys of a host process: scopes, changes and storage."""

import asyncio
import json
from urllib.parse import quote

import pytest
from azure.storage.blob import BlobServiceClient

from emulator.tests.contract.host.conftest import SETTINGS, MakeHost
from emulator.tests.contract.host.host_process import Answer, HostProcess, until

DENIED = Answer(401, b"", {})
HELLO = Answer(200, b"hello", {})


async def keys_of(served: HostProcess) -> dict[str, str]:
    """One key of each kind."""
    await served.status()
    return {
        "master": await served.master(),
        "host": served.keys("host", "functionKeys")["default"],
        "system": served.keys("host", "systemKeys")["durabletask_extension"],
        "client": served.keys("client")["default"],
        "ops": served.keys("ops")["default"],
        "none": "",
        "wrong": "x" * 54,
    }


@pytest.mark.parametrize(
    ("path", "opening"),
    [
        ("/api/client", {"client", "host", "master"}),
        ("/api/ops", {"ops", "host", "master"}),
        ("/api/root", {"master"}),
        ("/admin/host/status", {"master"}),
        ("/admin/functions", {"master"}),
        ("/admin/host/functionkeys", {"master"}),
        ("/admin/nothing", set()),
    ],
)
async def test_key_authorises_functions_of_its_level(
    served: HostProcess, path: str, opening: set[str]
) -> None:
    keys = await keys_of(served)
    by_header = {n: (await served.get(path, k)).status for n, k in keys.items()}
    by_query = {n: (await served.get(f"{path}?code={quote(k)}")).status for n, k in keys.items()}
    assert by_header == by_query
    assert {name for name, status in by_header.items() if status == 200} == opening
    assert set(by_header.values()) <= {200, 401, 403, 404}


async def test_key_in_header_precedes_key_in_query(served: HostProcess) -> None:
    keys = await keys_of(served)
    path = f"/api/client?code={keys['client']}"
    assert await served.get(path) == HELLO
    assert await served.get(path, "wrong") == DENIED
    assert await served.get("/api/client?code=wrong", keys["client"]) == HELLO
    assert await served.get(path, headers={"x-functions-key": ""}) == DENIED


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_ping_needs_no_key(served: HostProcess, method: str) -> None:
    assert await served.ask(method, "/admin/host/ping") == Answer(200, b"", {})


async def test_status_has_state_and_version(served: HostProcess) -> None:
    status = await served.status()
    assert status.pop("processUptime") > 0
    assert (status["id"], status["state"]) == (served.site, "Running")
    assert "errors" not in status


async def test_functions_are_listed_with_their_bindings(served: HostProcess) -> None:
    master = await served.master()
    listed = (await served.get("/admin/functions", master)).json
    assert [f["name"] for f in listed] == (
        ["answer", "client", "die", "echo", "fail", "ops", "root", "shelf", "sleep", "where"]
    )
    client = (await served.get("/admin/functions/CLIENT", master)).json
    assert client["config"] == listed[1]["config"]
    assert client["config"]["bindings"][0]["methods"] == ["GET"]
    assert (await served.get("/admin/functions/nothing", master)).status == 404


async def test_function_keys_are_set_generated_listed_and_removed(host: MakeHost) -> None:
    process = host("http_app")
    process.start(SETTINGS)
    master = await process.master()
    path = "/admin/functions/Client/keys"

    put = await process.ask("PUT", f"{path}/team", key=master, json={"name": "team", "value": "T"})
    assert (put.status, put.json["value"]) == (201, "T")
    again = await process.ask("PUT", f"{path}/team", key=master, json={"value": "T2"})
    assert (again.status, again.json["value"]) == (200, "T2")
    made = await process.ask("POST", f"{path}/made", key=master)
    assert made.status == 201

    assert await process.get("/api/client", "T2") == HELLO
    assert await process.get("/api/client", made.json["value"]) == HELLO
    assert await process.get("/api/client", "T") == DENIED
    assert await process.get("/api/ops", "T2") == DENIED
    listed = (await process.get(path, master)).json["keys"]
    assert [key["name"] for key in listed] == ["default", "team", "made"]
    assert (await process.get(f"{path}/team", master)).json["value"] == "T2"

    assert (await process.ask("DELETE", f"{path}/team", key=master)).status == 204
    assert (await process.ask("DELETE", f"{path}/team", key=master)).status == 404
    assert await process.get("/api/client", "T2") == DENIED
    assert list(process.keys("client")) == ["default", "made"]


@pytest.mark.parametrize(
    ("scope", "group", "opens"),
    [
        ("functionkeys", "functionKeys", True),
        ("keys", "functionKeys", True),
        ("systemkeys", "systemKeys", False),
    ],
)
async def test_host_keys_are_stored_by_scope(
    host: MakeHost, scope: str, group: str, opens: bool
) -> None:
    process = host("http_app")
    process.start(SETTINGS)
    master = await process.master()
    made = await process.ask("POST", f"/admin/host/{scope}/new", key=master)
    assert made.status == 201
    assert process.keys("host", group)["new"] == made.json["value"]
    assert (await process.get("/api/ops", made.json["value"])).status == (200 if opens else 401)


async def test_master_key_can_be_changed_but_not_removed(host: MakeHost) -> None:
    process = host("http_app")
    process.start(SETTINGS)
    old = await process.master()
    path = "/admin/host/systemkeys/_master"
    assert (await process.ask("DELETE", path, key=old)).status == 400
    new = (await process.ask("POST", path, key=old)).json["value"]
    assert (await process.get(path, old)).status == 401
    assert (await process.get(path, new)).json["value"] == new
    assert await process.master() == new


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"value": 5}'])
async def test_key_without_value_is_rejected(served: HostProcess, body: bytes) -> None:
    path = "/admin/host/functionkeys/bad"
    answer = await served.ask("PUT", path, key=await served.master(), data=body)
    assert answer == Answer(400, b"Invalid key value", {})
    assert "bad" not in served.keys("host", "functionKeys")


async def test_keys_survive_a_restart(host: MakeHost) -> None:
    process = host("http_app")
    process.start(SETTINGS)
    before = await keys_of(process)
    process.stop()
    process.start(SETTINGS)
    assert await keys_of(process) == before
    assert await process.get("/api/client", before["client"]) == HELLO


async def test_concurrently_started_hosts_share_keys(host: MakeHost) -> None:
    processes = [host("http_app", site="twins") for _ in range(2)]
    for process in processes:
        process.start(SETTINGS)
    both = await asyncio.gather(*(keys_of(process) for process in processes))
    assert both[0] == both[1]
    for process in processes:
        assert await process.get("/api/client", both[0]["client"]) == HELLO


async def test_key_written_by_another_host_is_accepted(host: MakeHost) -> None:
    process = host("http_app")
    process.start(SETTINGS)
    await process.status()
    fresh = {"name": "fresh", "value": "F", "encrypted": False}
    document = {"keys": [*process.stored("client")["keys"], fresh]}
    with BlobServiceClient.from_connection_string(process.storage) as service:
        blob = service.get_blob_client("azure-webjobs-secrets", f"{process.site}/client.json")
        blob.upload_blob(json.dumps(document), overwrite=True)
    async with asyncio.timeout(15):
        while await process.get("/api/client", "F") != HELLO:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_keys_are_not_logged(host: MakeHost) -> None:
    process = host("http_app")
    process.start(SETTINGS)
    keys = await keys_of(process)
    await process.get(f"/api/fail?code={keys['client']}")
    await until(lambda: "LookupError" in process.log)
    await process.ask("POST", "/admin/host/functionkeys/x", key=keys["master"])
    assert [name for name, key in keys.items() if key and key in process.log] == []


async def test_disabled_function_is_open_to_the_master_key_alone(host: MakeHost) -> None:
    """It keeps its place in the list, and refuses a key before it hides."""
    process = host("http_app")
    off = {f"AzureWebJobs.{name}.Disabled": "true" for name in ("client", "where")}
    process.start({**SETTINGS, **off})
    keys = await keys_of(process)
    assert (await process.get("/api/where")).status == 404
    assert (await process.get("/api/where", keys["master"])).status == 200
    found = {name: (await process.get("/api/client", key)).status for name, key in keys.items()}
    assert {found["none"], found["ops"], found["system"]} == {401}
    assert (found["client"], found["host"], found["master"]) == (404, 404, 200)
    listed = (await process.get("/admin/functions", keys["master"])).json
    assert {each["name"] for each in listed if each["isDisabled"]} == {"client", "where"}
