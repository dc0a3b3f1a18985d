"""How long the story takes that `make demo` tells, once everything is installed."""

import asyncio
import os
import sys
import tempfile
import time

from bench.failure import MeasurementFailed
from bench.figure import Figure, at_most
from bench.stage import Say
from emulator.processes.process import PYTHON_ENVIRONMENT


async def measure(say: Say) -> list[Figure]:
    """The whole of it, in a directory of its own, so that it disturbs no other that runs."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        began = time.perf_counter()
        story = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "demo"),
            cwd=directory,
            env={**os.environ, **PYTHON_ENVIRONMENT},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            told = await _followed(story, say)
        finally:
            if story.returncode is None:  # this measurement was told to stop, and so is the story
                story.terminate()
                await story.wait()
        seconds = time.perf_counter() - began
    if story.returncode != 0:
        raise MeasurementFailed("the demo failed: " + " / ".join(told[-5:]))
    return [
        Figure("`make demo`, once installed", at_most(90, "s"), seconds, "every step of it held")
    ]


async def _followed(story: asyncio.subprocess.Process, say: Say) -> list[str]:
    """Every line of it, to the end; its steps are passed on."""
    told: list[str] = []
    while story.stdout and (line := await story.stdout.readline()):
        told.append(line.decode().rstrip())
        if told[-1][:1].isdigit() and not told[-1].endswith(" s"):  # a step, not the closing table
            say(told[-1])
    await story.wait()
    return told
