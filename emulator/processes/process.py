"""A process of the emulator: started with a marker, found again by it, stopped reliably.

The marker is two environment variables, so no pid file can be missing, stale or point to an
unrelated process. Whatever carries the marker of a state directory belongs to it, including
descendants, even if its parent was killed before it could record anything.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from emulator.processes.marker import OWNER, ROLE

ROOT = Path(__file__).resolve().parents[2]
_POLL_SECONDS = 0.25
_OWN_SETTINGS = "EMULATOR_"
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Command:
    """The command line of a process. `owner` is the state directory that it belongs to."""

    owner: Path
    role: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    log: Path
    inherit: tuple[int, ...] = ()  # file descriptors


class Process:
    """A running process that was started here or found by its marker."""

    def __init__(
        self, handle: psutil.Process, role: str, child: asyncio.subprocess.Process | None = None
    ) -> None:
        self._handle = handle
        self._child = child
        self.role = role

    @property
    def pid(self) -> int:
        """The process id."""
        return self._handle.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code of an ended process that was started here."""
        return None if self._child is None else self._child.returncode

    def alive(self) -> bool:
        """Return True while the process runs. A zombie does not."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return self._handle.is_running() and self._handle.status() != psutil.STATUS_ZOMBIE
        return False

    async def ended(self) -> None:
        """Wait until the process has ended."""
        if self._child is not None:
            await self._child.wait()
            return
        while self.alive():  # noqa: ASYNC110 - only a parent can wait for an exit
            await asyncio.sleep(_POLL_SECONDS)

    async def stop(self, grace_seconds: float) -> None:
        """Terminate the process, and kill it if it still runs after the grace period."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self._handle.terminate()
        try:
            await asyncio.wait_for(self.ended(), grace_seconds)
        except TimeoutError:
            with contextlib.suppress(psutil.NoSuchProcess):
                self._handle.kill()
            await self.ended()


async def start(command: Command) -> Process:
    """Start a process in its own session and append its output to its log."""
    command.log.parent.mkdir(parents=True, exist_ok=True)
    with command.log.open("ab") as log:
        child = await asyncio.create_subprocess_exec(
            *command.arguments,
            cwd=command.directory,
            env=environment(command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=command.inherit,
            start_new_session=True,
        )
    return Process(psutil.Process(child.pid), command.role, child)


def environment(command: Command) -> dict[str, str]:
    """Return the environment of a process: a few inherited variables, its own and the marker.

    The emulator's own settings are inherited, so that every emulated host has them.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_OWN_SETTINGS)
    }
    marker = {OWNER: str(command.owner), ROLE: command.role}
    return {**inherited, **command.environment, **marker}


def python(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs a module of this checkout from any directory."""
    return [sys.executable, "-P", "-m", module, *arguments]


PYTHON_ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "",  # a process that compiles everything starts slowly
}


def find(owner: Path) -> Iterator[Process]:
    """Yield every running process that belongs to a state directory or to one beneath it."""
    for handle in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            variables = handle.environ()
            process = Process(handle, variables.get(ROLE, ""))
            marker = variables.get(OWNER)
            if marker is not None and Path(marker).is_relative_to(owner) and process.alive():
                yield process
