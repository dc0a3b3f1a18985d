"""An app of the v1 programming model: a folder with a function.json for each function."""

import asyncio
import json
from pathlib import Path
from typing import Any

from emulator.tests.contract.host.conftest import MakeHost
from emulator.tests.contract.host.host_process import HostProcess, until

RESPONSE = {"type": "http", "direction": "out", "name": "$return"}
HTTP = {"type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous"}
CLIENT = {"type": "durableClient", "direction": "in", "name": "starter"}
FLOW = {"type": "orchestrationTrigger", "direction": "in", "name": "context"}
STEP = {"type": "activityTrigger", "direction": "in", "name": "value"}

ECHO = """
import azure.functions as func
from ..shared.words import GREETING

def main(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(f"{GREETING} {req.route_params['name']}")
"""
START = """
import azure.durable_functions as df

async def begin(req, starter):
    client = df.DurableOrchestrationClient(starter)
    return client.create_check_status_response(req, await client.start_new("Flow"))
"""
ORCHESTRATOR = """
import azure.durable_functions as df

def flow(context):
    return (yield context.call_activity("Step", 20))

main = df.Orchestrator.create(flow)
"""


def write(package: Path, name: str, code: str, *bindings: dict[str, Any], **more: str) -> None:
    folder = package / name
    folder.mkdir(parents=True)
    (folder / (more.get("scriptFile") or "__init__.py")).write_text(code)
    (folder / "function.json").write_text(json.dumps({**more, "bindings": bindings}))


def package(directory: Path) -> Path:
    app = directory / "app"
    write(app, "Echo", ECHO, {**HTTP, "route": "echo/{name}"}, RESPONSE)
    more = {"scriptFile": "start.py", "entryPoint": "begin"}
    write(app, "Start", START, HTTP, CLIENT, RESPONSE, **more)
    write(app, "Flow", ORCHESTRATOR, FLOW)
    write(app, "Step", "def main(value: int) -> int:\n    return value + 1\n", STEP)
    write(app, "Broken", "import nosuchmodule\n", {**HTTP, "route": "broken"}, RESPONSE)
    write(app, "host", "def main(value): ...\n", STEP)
    (app / "shared").mkdir()
    (app / "shared" / "words.py").write_text("GREETING = 'hello'\n")
    (app / "host.json").write_text('{"version": "2.0"}')
    return app


async def running(host: MakeHost, app: Path) -> HostProcess:
    process = host(app)
    process.start()
    assert (await process.status())["state"] == "Running", process.log
    return process


async def test_v1_functions_are_listed_and_called(host: MakeHost, tmp_path: Path) -> None:
    process = await running(host, package(tmp_path))
    answer = await process.get("/api/echo/you")
    assert (answer.status, answer.body) == (200, b"hello you"), process.log
    key = await process.master()
    listed = (await process.get("/admin/functions", key)).json
    assert [each["name"] for each in listed] == ["Broken", "Echo", "Flow", "Start", "Step"]
    assert listed[3]["config"]["scriptFile"] == "start.py"
    assert listed[3]["config_href"].endswith("/app/Start/function.json")
    assert listed[3]["script_href"].endswith("/app/Start/start.py")
    assert "The 'host' function is in error: 'host' is not a valid function name." in process.log


async def test_v1_function_that_cannot_be_loaded_fails(host: MakeHost, tmp_path: Path) -> None:
    process = await running(host, package(tmp_path))
    assert (await process.get("/api/broken")).status == 500
    text = "ModuleNotFoundError: No module named 'nosuchmodule'. Cannot find module."
    assert text in process.log


async def test_v1_orchestration_completes(host: MakeHost, tmp_path: Path) -> None:
    process = await running(host, package(tmp_path))
    started = await process.get("/api/Start")
    assert started.status == 202, process.log
    status = started.json["statusQueryGetUri"]
    path = status[status.index("/runtime/") :]
    async with asyncio.timeout(30):
        while (found := await process.get(path)).status == 202:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
    assert found.json["output"] == 21


async def test_v1_functions_are_loaded_into_the_next_worker(host: MakeHost, tmp_path: Path) -> None:
    app = package(tmp_path)
    exits = "import os\n\ndef main(req):\n    os._exit(1)\n"
    write(app, "Exit", exits, {**HTTP, "route": "exit"}, RESPONSE)
    process = await running(host, app)
    assert (await process.get("/api/exit")).status == 500
    await until(lambda: "another worker process is started" in process.log)
    assert (await process.get("/api/echo/me")).body == b"hello me"
