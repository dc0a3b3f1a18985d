"""The stage of the story: Azurite, the emulator and the router, from empty, stopped at the end.

It has a state directory of its own, so that it neither sees nor disturbs what `make up` runs.
"""

import asyncio
import fcntl
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from demo.tell import Teller
from emulator.processes.signals import ignore_signals

STATE = Path(".local-demo")


class NotUp(Exception):
    """The emulator did not start or stop; the text is what it said."""


class TakenError(Exception):
    """Another story is being told here: it has the stage."""


@asynccontextmanager
async def stage(tell: Teller) -> AsyncIterator[dict[str, Any]]:
    """Everything started, from empty: the endpoints. What was stored is kept if the story broke."""
    with _alone():
        try:
            await _emulator("clean")  # what a story that was killed may have left
            tell.begin("Azurite, the emulated Azure and the router start")
            await _emulator("up", tell.say)
            yield json.loads((STATE / "endpoints.json").read_text())
        except BaseException:
            ignore_signals()
            await _emulator("down")
            raise
        ignore_signals()
        await _emulator("clean")


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else has the stage meanwhile; a lock that goes with its process, however that ends."""
    directory = os.open(STATE.parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TakenError("A demo runs here already; this one was not begun") from None
        yield
    finally:
        os.close(directory)


async def _emulator(command: str, say: Callable[[str], None] = lambda _: None) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "emulator", command, "--state", str(STATE)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # an interrupt is for the story, which then stops everything
    )
    said: list[str] = []
    try:
        while process.stdout and (line := await process.stdout.readline()):
            said.append(line.decode().rstrip())
            say(said[-1])
    except asyncio.CancelledError:
        process.terminate()  # or it would go on starting what is to be stopped
        await process.communicate()
        raise
    if await process.wait():
        raise NotUp(f"`python -m emulator {command}` failed: " + "\n".join(said[-20:]))
