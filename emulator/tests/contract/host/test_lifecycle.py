"""The lifecycle of a host process: start, failure, replacement, stop."""

import asyncio
import json
import signal
import socket
import time
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from emulator.tests.contract.host.conftest import SETTINGS, MakeHost
from emulator.tests.contract.host.host_process import Answer, until

NOT_RUNNING = Answer(503, b"Function host is not running.", {})


APP = "import azure.functions as func\napp = func.FunctionApp()\n"
GIVEN_UP = (
    "error    Host Exceeded language worker restart retry count for runtime:python. "
    "Shutting down and proactively recycling the Functions Host to recover\n"
)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import nosuchmodule", "ModuleNotFoundError: No module named 'nosuchmodule'. Cannot find"),
        ("raise SystemExit(3)", "python exited with code 3 (0x3)"),
    ],
)
async def test_host_of_an_app_that_is_not_indexed_ends(
    host: MakeHost, tmp_path: Path, code: str, why: str
) -> None:
    (tmp_path / "function_app.py").write_text(code)
    process = host(tmp_path)
    process.start()
    assert process.process is not None
    assert await asyncio.to_thread(process.process.wait, 30) == 0
    assert f"error    Host {why}" in process.log
    assert process.log.endswith(GIVEN_UP)


async def test_connections_are_refused_until_the_app_is_indexed(
    host: MakeHost, tmp_path: Path
) -> None:
    code = "import time\nprint('loading', flush=True)\ntime.sleep(2)\n"
    (tmp_path / "function_app.py").write_text(code + APP)
    process = host(tmp_path)
    process.start()
    await until(lambda: "loading" in process.log)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await _get(session, process.url("/admin/host/ping"))
    assert (await process.status())["state"] == "Running"


@pytest.mark.parametrize("code", [APP, None])
async def test_app_without_functions_runs(host: MakeHost, tmp_path: Path, code: str | None) -> None:
    if code is not None:
        (tmp_path / "function_app.py").write_text(code)
    process = host(tmp_path)
    process.start()
    status = await process.status()
    assert (status["state"], "errors" in status) == ("Running", False)
    assert (await process.get("/admin/functions", await process.master())).json == []
    assert await process.get("/api/x") == Answer(404, b"", {})


async def test_functions_that_cannot_run_leave_the_others_alone(
    host: MakeHost, tmp_path: Path
) -> None:
    code = """
@app.timer_trigger(arg_name="t", schedule="daily")
def tick(t): ...
@app.event_hub_message_trigger(arg_name="e", event_hub_name="h", connection="C")
def onevent(e): ...
@app.queue_trigger(arg_name="m", queue_name="q", connection="C")
def onmsg(m): ...
@app.route(route="up", auth_level="ANONYMOUS")
def up(req): return "up"
"""
    (tmp_path / "function_app.py").write_text(APP + code)
    process = host(tmp_path)
    process.start()
    assert (await process.status())["state"] == "Running"
    listed = (await process.get("/admin/functions", await process.master())).json
    assert sorted(each["name"] for each in listed) == ["onevent", "onmsg", "tick", "up"]
    assert (await process.get("/api/up")).body == b"up"
    text = "The 'onmsg' function is in error: Storage account connection string 'C' does not exist."
    await until(lambda: text in process.log)
    assert "The 'tick' function is in error: The schedule expression 'daily' was not" in process.log
    assert "The function 'onevent' (eventHubTrigger) is listed but never runs here" in process.log


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (
            "@app.route(route='%NOWHERE%')\ndef x(req): ...",
            "'%NOWHERE%' in '%NOWHERE%' names a setting that is not set",
        ),
        (
            "@app.route()\ndef x(req): ...\n@app.route()\ndef X(req): ...",
            "System.Linq: Sequence contains more than one matching element.",
        ),
    ],
)
async def test_status_has_the_error_of_a_wrong_app(
    host: MakeHost, tmp_path: Path, code: str, why: str
) -> None:
    (tmp_path / "function_app.py").write_text(APP + code)
    process = host(tmp_path)
    process.start()
    status = await process.status()
    assert (status["state"], status["errors"]) == ("Error", [why])
    assert f"error    Host.Startup {why}\n" in process.log
    assert await process.get("/api/x") == NOT_RUNNING
    assert await process.get("/admin/host/ping") == Answer(200, b"", {})
    assert process.stop() == 0


async def test_status_has_the_error_of_an_invalid_host_json(host: MakeHost) -> None:
    process = host("http_app")
    (process.package / "host.json").write_text("{")
    process.start(SETTINGS)
    assert "host.json is not valid JSON" in (await process.status())["errors"][0]


async def test_host_without_storage_runs_and_logs_the_error(host: MakeHost) -> None:
    process = host("http_app")
    process.start({**SETTINGS, "AzureWebJobsStorage": ""})
    await until(lambda: "the setting AzureWebJobsStorage is missing or empty" in process.log)
    assert await process.get("/api/answer") == NOT_RUNNING
    assert (await process.get("/admin/host/ping")).status == 200


async def test_environment_precedes_local_settings(host: MakeHost) -> None:
    process = host("http_app")
    values = {"LOCAL": "file", "BOTH": "file", "SHELF": "local"}
    (process.package / "local.settings.json").write_text(json.dumps({"Values": values}))
    process.start(
        {"BOTH": "environment", "AzureFunctionsJobHost__extensions__http__routePrefix": "v1"}
    )
    assert (await process.get("/v1/where")).json[2:] == ["file", "environment"]
    assert (await process.get("/v1/local/book")).status == 200
    assert (await process.get("/api/where")).status == 404


async def test_request_in_progress_completes_during_stop(host: MakeHost) -> None:
    process = host("http_app")
    process.start(SETTINGS)
    request = asyncio.create_task(process.get("/api/sleep/2"))
    await until(lambda: "asleep" in process.log)
    assert process.process is not None
    process.process.send_signal(signal.SIGTERM)
    assert await request == Answer(200, b"rested", {})
    assert await asyncio.to_thread(process.process.wait, 10) == 0
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await _get(session, process.url("/"))


async def test_endless_request_does_not_block_stop(host: MakeHost) -> None:
    process = host("http_app")
    process.start(SETTINGS)
    await process.status()
    async with aiohttp.ClientSession() as session:
        request = asyncio.create_task(_get(session, process.url("/api/sleep/600")))
        await until(lambda: "asleep" in process.log)
        began = time.monotonic()
        assert await asyncio.to_thread(process.stop) == 0
        assert time.monotonic() - began < 14
        with pytest.raises(aiohttp.ClientError):  # its connection is cut
            await request


async def test_idle_connection_does_not_block_stop(host: MakeHost) -> None:
    process = host("http_app")
    process.start(SETTINGS)
    await process.status()
    async with aiohttp.ClientSession() as session:
        assert await _get(session, process.url("/api/where")) == 200
        began = time.monotonic()
        assert await asyncio.to_thread(process.stop) == 0
        assert time.monotonic() - began < 5  # the grace is 6


async def test_replacing_a_host_fails_no_request(
    host: MakeHost,
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        old, new = (host("http_app", site="handover") for _ in range(2))
        old.port = new.port = listening.getsockname()[1]
        old.start(SETTINGS, fd=listening.fileno())
        assert (await old.get("/api/answer")).status == 201
        answers = asyncio.create_task(_keep_asking(new.url("/api/answer")))
        await asyncio.sleep(0)
        new.start(SETTINGS, fd=listening.fileno())
        assert await asyncio.to_thread(old.stop) == 0
        await until(lambda: "10 functions" in new.log)
        statuses = await answers
    assert (len(statuses), set(statuses)) == (60, {201})


async def _keep_asking(url: URL) -> list[int]:
    statuses = []
    for _ in range(60):
        async with aiohttp.ClientSession() as session:
            statuses.append(await _get(session, url))
        await asyncio.sleep(0.05)
    return statuses


async def _get(session: aiohttp.ClientSession, url: URL) -> int:
    async with session.get(url) as answer:
        return answer.status
