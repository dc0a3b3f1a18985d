"""The local run as a program uses it: Azurite, the emulated Azure and the router."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from emulator.processes.private_files import read_json
from emulator.processes.process import PYTHON_ENVIRONMENT, ROOT, find, python
from emulator.stack.state_directory import StateDirectory

Log = Callable[[str], None]


def silent(_: str) -> None:
    """Log nothing."""


def stderr_log(prefix: str = "") -> Log:
    """Return a log on stderr that shows the seconds since now."""
    began = time.monotonic()

    def log(text: str) -> None:
        seconds = time.monotonic() - began
        print(f"{prefix}{seconds:6.1f} s  {text}", file=sys.stderr, flush=True)

    return log


class EmulatorFailedError(Exception):
    """The stack did not start or stop. The text is what the emulator printed last."""


class LocalStack:
    """One local run in a state directory.

    `settings` are ROUTER_… settings that override those of the local run; an empty value restores
    the default. `access_log` makes Azurite log every request. `keep` what is stored at the end.
    """

    def __init__(
        self,
        state: Path,
        *,
        app: Path = ROOT,
        settings: Mapping[str, str] = MappingProxyType({}),
        access_log: bool = False,
        log: Log = silent,
        keep: bool = False,
    ) -> None:
        self.state = state.resolve()
        self.keep = keep
        self._directory = StateDirectory(self.state)
        self._app = app
        self._settings = settings
        self._access_log = access_log
        self._log = log

    @property
    def logs(self) -> Path:
        """The directory with one log per process."""
        return self._directory.logs

    @property
    def endpoints(self) -> dict[str, Any]:
        """Addresses, keys and pids as they are now. They change when a process is replaced."""
        found: dict[str, Any] = read_json(self._directory.endpoints)
        return found

    @property
    def storage(self) -> str:
        """The connection string of the storage account."""
        return str(self.endpoints["storage"])

    async def up(self) -> None:
        """Start everything, and return once the router is healthy."""
        access_log = ["--access-log"] if self._access_log else []
        await self._emulator("up", "--app", str(self._app), *access_log, log=self._log)

    async def down(self) -> None:
        """Stop every process. What they stored stays."""
        await self._emulator("down")

    async def restart(self, settings: Mapping[str, str]) -> None:
        """Stop everything and start it again, with these settings in addition."""
        await self.down()
        self._settings = {**self._settings, **settings}
        await self.up()

    async def clean(self) -> None:
        """Stop every process and remove what they stored."""
        await self._emulator("clean")

    def pids(self, role: str) -> list[int]:
        """Return the sorted pids of all processes whose role begins so."""
        return sorted(each.pid for each in find(self._directory.root) if each.role.startswith(role))

    async def _emulator(self, command: str, *arguments: str, log: Log = silent) -> None:
        """Run a command of the emulator, and pass on what it prints."""
        process = await asyncio.create_subprocess_exec(
            *python("emulator", command, "--state", str(self.state), *arguments),
            env={**os.environ, **PYTHON_ENVIRONMENT, **self._settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # an interrupt is for this process, which then stops it
        )
        lines: list[str] = []
        try:
            while process.stdout and (line := await process.stdout.readline()):
                lines.append(line.decode().rstrip())
                log(lines[-1])
        except asyncio.CancelledError:
            process.terminate()
            await process.communicate()
            raise
        if await process.wait():
            last = "\n".join(lines[-20:])
            raise EmulatorFailedError(f"`python -m emulator {command}` failed: {last}")


def kill(*pids: int) -> None:
    """Kill processes at once. It is no error if one has ended by then."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextlib.asynccontextmanager
async def running(local_stack: LocalStack) -> AsyncIterator[LocalStack]:
    """Start a stack, and stop it whatever happens, even if it is interrupted while stopping.

    What it stored is removed, unless something failed or its `keep` is set by then.
    """
    failed = True
    try:
        await local_stack.up()
        yield local_stack
        failed = False
    finally:
        keep = failed or local_stack.keep
        await _uninterrupted((local_stack.down if keep else local_stack.clean)())


async def _uninterrupted(work: Coroutine[Any, Any, None]) -> None:
    """Finish some work first when cancelled."""
    task, cancelled = asyncio.create_task(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError


def temporary_state(prefix: str) -> Path:
    """Return a new state directory outside the project."""
    return Path(tempfile.mkdtemp(prefix=f"{prefix}-"))
