"""One process of the emulator: started with a mark, found again by it, stopped for certain.

The mark is two environment variables, so there is no pid file that could be missing, stale or
point to a stranger: whatever carries the mark of a state directory belongs to it, descendants
included, even if the one who started it was killed before it could write anything down.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

OWNER = "EMULATOR_OWNER"
ROLE = "EMULATOR_ROLE"
ROOT = Path(__file__).resolve().parents[2]
_POLL_SECONDS = 0.25
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a process. `owner` is the state directory it belongs to."""

    owner: Path
    role: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    log: Path
    inherit: tuple[int, ...] = ()  # file descriptors it takes over


class Process:
    """A running process, started by us or found by its mark."""

    def __init__(
        self, handle: psutil.Process, role: str, child: asyncio.subprocess.Process | None = None
    ) -> None:
        self._handle = handle
        self._child = child
        self.role = role

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._handle.pid

    def alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return self._handle.is_running() and self._handle.status() != psutil.STATUS_ZOMBIE
        return False

    async def ended(self) -> None:
        """Return once it has ended."""
        if self._child is not None:
            await self._child.wait()
            return
        while self.alive():  # noqa: ASYNC110 - only a parent is told of an end
            await asyncio.sleep(_POLL_SECONDS)

    async def stop(self, grace_seconds: float) -> None:
        """Ask it to end; after the grace, make it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self._handle.terminate()
        try:
            await asyncio.wait_for(self.ended(), grace_seconds)
        except TimeoutError:
            with contextlib.suppress(psutil.NoSuchProcess):
                self._handle.kill()
            await self.ended()


async def start(command: Command) -> Process:
    """Start a process in a session of its own, its output appended to its log."""
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
    """Only what a process needs of ours, its own variables, and the mark."""
    ours = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    mark = {OWNER: str(command.owner), ROLE: command.role}
    return {**ours, **command.environment, **mark}


def python(module: str, *arguments: str) -> list[str]:
    """The command line of one of our own modules, wherever it is started."""
    return [sys.executable, "-P", "-m", module, *arguments]


PYTHON_ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def find(owner: Path) -> Iterator[Process]:
    """Every living process that belongs to a state directory, or to one beneath it."""
    for handle in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            marks = handle.environ()
            process = Process(handle, marks.get(ROLE, ""))
            if OWNER in marks and Path(marks[OWNER]).is_relative_to(owner) and process.alive():
                yield process
