"""A function app under Core Tools, whose command line an emulated host answers to here."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import psutil
import pytest_asyncio

from emulator.processes.ports import LOOPBACK, claim, port_of
from emulator.processes.process import PYTHON_ENVIRONMENT
from harness.azurite import running_azurite
from harness.waiting import until

FUNC = """#!{python}
import os, sys
assert sys.argv[1] == "start" and sys.argv[-1] == "--no-build", sys.argv
port, directory = (sys.argv[sys.argv.index(name) + 1] for name in ("--port", "--script-root"))
site = os.environ["AzureFunctionsWebHost__hostid"]
host = ["--app", directory, "--port", port, "--site", site, "--rpc-port", "0"]
os.execv({python!r}, [{python!r}, "-P", "-m", "emulator.host", *host])
"""
APP = """
import os
import azure.functions as func
app = func.FunctionApp(func.AuthLevel.ANONYMOUS)

@app.route("who")
def who(req):
    return f"{os.environ['RELEASE']} of {os.environ['AzureFunctionsWebHost__hostid']}"
"""


class Apps:
    """Processes of `emulator.core_tools` on one socket."""

    def __init__(self, directory: Path, storage: str, listener: socket.socket) -> None:
        self.url = f"http://{LOOPBACK}:{port_of(listener)}/api/who"
        self.log = directory / "log"
        self.package = directory / "app"
        self.bin = directory / "bin"
        self._storage = storage
        self._listener = listener
        self._started: list[asyncio.subprocess.Process] = []

    async def start(self, release: str, *more: str) -> asyncio.subprocess.Process:
        """Start a process that runs a release."""
        listener = self._listener
        arguments = ("--app", self.package, "--port", port_of(listener), "--site", "Orders")
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "emulator.core_tools"),
                *(*map(str, arguments), "--fd", str(listener.fileno()), *more),
                env={
                    **PYTHON_ENVIRONMENT,
                    "PATH": f"{self.bin}:/usr/bin:/bin",
                    "AzureWebJobsStorage": self._storage,
                    "RELEASE": release,
                },
                stdout=log,
                stderr=log,
                pass_fds=(listener.fileno(),),
            )
        self._started.append(process)
        return process

    async def kill(self) -> None:
        """Kill what still runs, with its children."""
        for process in self._started:
            with contextlib.suppress(psutil.NoSuchProcess):
                children = psutil.Process(process.pid).children(recursive=True)
                for each in children:
                    each.kill()
                process.kill()
            await process.wait()

    async def answer(self) -> str:
        """Return the answer of whichever release runs, which must be there."""
        async with aiohttp.ClientSession() as session, session.get(self.url) as answer:
            return await answer.text()


@pytest_asyncio.fixture
async def apps(tmp_path: Path) -> AsyncIterator[Apps]:
    """Yield apps whose processes are stopped whatever happens."""
    (tmp_path / "bin").mkdir()
    func = tmp_path / "bin" / "func"
    func.write_text(FUNC.format(python=sys.executable))
    func.chmod(0o755)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "function_app.py").write_text(APP)
    (tmp_path / "app" / "host.json").write_text('{"version": "2.0"}')
    async with running_azurite(tmp_path / "azurite") as azurite:
        with claim() as listener:
            listener.listen()
            made = Apps(tmp_path, azurite.account(), listener)
            try:
                yield made
            finally:
                await made.kill()


async def test_app_is_replaced_without_a_refused_connection(apps: Apps) -> None:
    first = await apps.start("1.0.0")
    assert await apps.answer() == "1.0.0 of orders"
    second = await apps.start("1.0.1", "--replaces", str(first.pid))
    seen = await until(apps.answer, lambda text: text.startswith("1.0.1"))
    assert seen == "1.0.1 of orders"
    assert await first.wait() == 0
    second.terminate()
    assert await second.wait() == 0


async def test_forwarder_ends_with_its_host(apps: Apps) -> None:
    """Whoever supervises it starts it again."""
    process = await apps.start("1.0.0")
    assert await apps.answer() == "1.0.0 of orders"
    [host] = psutil.Process(process.pid).children()
    os.kill(host.pid, signal.SIGKILL)
    assert await process.wait() != 0


async def test_missing_func_is_an_error_that_says_what_to_do(apps: Apps) -> None:
    (apps.bin / "func").unlink()
    process = await apps.start("1.0.0")
    assert await process.wait() == 1
    assert "func is not on PATH. Install Azure Functions Core Tools 4" in apps.log.read_text()


async def test_func_that_ends_at_once_is_reported(apps: Apps) -> None:
    (apps.bin / "func").write_text("#!/bin/sh\nexit 3\n")
    process = await apps.start("1.0.0")
    assert await process.wait() == 1
    assert "func ended with exit code 3" in apps.log.read_text()
