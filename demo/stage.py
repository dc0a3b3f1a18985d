"""The stage of the story: Azurite, the emulator and the router, from empty, stopped at the end.

It has a state directory of its own, so that it neither sees nor disturbs what `make up` runs.
"""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from demo.tell import Teller

STATE = Path(".local-demo")


class NotUp(Exception):
    """The emulator did not start or stop; the text is what it said."""


@asynccontextmanager
async def stage(tell: Teller) -> AsyncIterator[dict[str, Any]]:
    """Everything started, from empty: the endpoints. State is kept only where the story broke."""
    tell.begin("Azurite, the emulated Azure and the router start")
    if _left_over():
        await _emulator("down", tell)
        shutil.rmtree(STATE)
    try:
        await _emulator("up", tell)
        endpoints = json.loads((STATE / "endpoints.json").read_text())
        tell.say(f"the router answers at {endpoints['router']}")
        yield endpoints
    finally:
        tell.begin("")
        await _emulator("down", tell)
    shutil.rmtree(STATE)


def _left_over() -> bool:
    """Whether a story that broke, or was killed, has left anything."""
    return STATE.exists()


async def _emulator(command: str, tell: Teller) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "emulator", command, "--state", str(STATE)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said: list[str] = []
    while process.stdout and (line := await process.stdout.readline()):
        said.append(line.decode().rstrip())
        tell.say(said[-1])
    if await process.wait():
        raise NotUp(f"`python -m emulator {command}` failed: " + "\n".join(said[-20:]))
