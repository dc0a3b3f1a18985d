"""Orchestrations whose host restarts, is replaced, or drains before that."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import aiohttp

from emulator.host.end import REPLACED
from emulator.tests.contract.durable.conftest import NewHost
from harness.function_host import FunctionHost, host_keys
from harness.waiting import until

APP = """
import time
from pathlib import Path
import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.orchestration_trigger(context_name="context")
def chain(context):
    for number in range(context.get_input()["count"]):
        yield context.call_activity("works", number)
    return "done"

@app.orchestration_trigger(context_name="context")
def sleeper(context):
    return (yield context.call_activity("sleeps", context.get_input()["seconds"]))

@app.activity_trigger(input_name="v")
def works(v):
    return v

@app.activity_trigger(input_name="v")
def sleeps(v):
    Path("asleep").touch()
    time.sleep(v)
    return "rested"
"""
LOST = (  # the first for an activity or a first turn, the second for a later turn
    "Did not find any initialized language workers",
    "Non-Deterministic workflow detected",
)


def is_lost(status: dict[str, Any]) -> bool:
    return status["runtimeStatus"] == "Failed" and any(text in status["output"] for text in LOST)


class Admin:
    """The admin API of a host, by its master key."""

    def __init__(self, host: FunctionHost) -> None:
        self._host = host

    async def ask(self, method: str, path: str) -> tuple[int, Any]:
        keys = await host_keys(self._host.storage, self._host.site)
        headers = {"x-functions-key": keys["masterKey"]}
        url = f"{self._host.url}/admin/host/{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=headers) as answer,
        ):
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def state(self) -> str:
        return str((await self.ask("GET", "status"))[1]["state"])

    async def drain_state(self) -> str:
        return str((await self.ask("GET", "drain/status"))[1]["state"])


async def started(new_host: NewHost, folder: Path) -> tuple[FunctionHost, Admin]:
    (folder / "function_app.py").write_text(APP)
    host = new_host()
    await host.start(folder)
    return host, Admin(host)


async def begin_sleep(host: FunctionHost, folder: Path, seconds: float) -> None:
    await host.begin("sleeper", "asleep", {"seconds": seconds})
    await until(lambda: asyncio.to_thread((folder / "asleep").exists), bool)


async def begin_chains(host: FunctionHost) -> list[str]:
    """Begin several, as one may be between two calls at the moment that counts."""
    names = [f"chain{number}" for number in range(5)]
    for name in names:
        await host.begin("chain", name, {"count": 50})
    return names


async def test_restart_fails_what_is_called_during_it(new_host: NewHost, tmp_path: Path) -> None:
    host, admin = await started(new_host, tmp_path)
    await begin_sleep(host, tmp_path, 60)
    status, paths = await admin.ask("POST", "restart")
    assert (status, paths["scriptPath"]) == (200, str(tmp_path))
    assert await admin.state() == "Default"
    await host.begin("chain", "later", {"count": 1})  # it waits for the restart
    assert await admin.state() == "Running"
    assert is_lost(await host.end("asleep"))
    assert (await host.end("later"))["output"] == "done"


async def test_turns_of_a_restart_fail(new_host: NewHost, tmp_path: Path) -> None:
    host, admin = await started(new_host, tmp_path)
    names = await begin_chains(host)
    await admin.ask("POST", "restart")
    assert any([is_lost(await host.end(name)) for name in names])


async def test_drained_host_finishes_and_takes_no_more(new_host: NewHost, tmp_path: Path) -> None:
    host, admin = await started(new_host, tmp_path)
    assert await admin.drain_state() == "Disabled"
    await begin_sleep(host, tmp_path, 2)
    assert await admin.ask("POST", "drain") == (202, None)
    assert await admin.drain_state() == "InProgress"
    await host.begin("chain", "later", {"count": 1})
    await until(admin.drain_state, lambda state: state == "Completed")
    assert await admin.state() == "Running"
    assert (await host.status("later"))["runtimeStatus"] == "Pending"
    assert (await host.status("asleep"))["runtimeStatus"] == "Running"
    assert await admin.ask("POST", "resume") == (200, {"state": "Running"})
    assert await admin.drain_state() == "Disabled"
    assert (await host.end("later"))["output"] == "done"
    assert (await host.end("asleep"))["output"] == "rested"


async def test_host_that_is_replaced_fails_new_calls(new_host: NewHost, tmp_path: Path) -> None:
    host, _ = await started(new_host, tmp_path)
    names = await begin_chains(host)
    await host.until_recorded(names[0], "TaskCompleted")
    await replace(host, tmp_path)
    assert any([is_lost(await host.end(name)) for name in names])


async def test_drained_host_is_replaced_without_a_loss(new_host: NewHost, tmp_path: Path) -> None:
    host, admin = await started(new_host, tmp_path)
    names = await begin_chains(host)
    await host.until_recorded(names[0], "TaskCompleted")
    await admin.ask("POST", "drain")
    await until(admin.drain_state, lambda state: state == "Completed")
    await replace(host, tmp_path)
    assert [(await host.end(name))["output"] for name in names] == ["done"] * len(names)


async def replace(host: FunctionHost, folder: Path) -> None:
    """End the host as the one that takes its place does, and start that one."""
    os.kill(host.pid, REPLACED)
    await host.stop()
    await host.start(folder)
