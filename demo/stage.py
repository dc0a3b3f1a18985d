"""The stage of the story: Azurite, the emulator and the router, from empty, stopped at the end.

It has a state directory of its own, so that it neither sees nor disturbs what `make up` runs.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from demo.tell import Teller

STATE = Path(".local-demo")


class NotUp(Exception):
    """The emulator did not start or stop; the text is what it said."""


@asynccontextmanager
async def stage(tell: Teller) -> AsyncIterator[dict[str, Any]]:
    """Everything started, from empty: the endpoints. What was stored is kept if the story broke."""
    await _emulator("clean")  # what a story that was killed may have left
    tell.begin("Azurite, the emulated Azure and the router start")
    try:
        await _emulator("up", tell.say)
        yield json.loads((STATE / "endpoints.json").read_text())
    except BaseException:
        await _emulator("down")
        raise
    await _emulator("clean")


async def _emulator(command: str, say: Callable[[str], None] = lambda _: None) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "emulator", command, "--state", str(STATE)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # an interrupt is for the story, which then stops everything
    )
    said: list[str] = []
    while process.stdout and (line := await process.stdout.readline()):
        said.append(line.decode().rstrip())
        say(said[-1])
    if await process.wait():
        raise NotUp(f"`python -m emulator {command}` failed: " + "\n".join(said[-20:]))
