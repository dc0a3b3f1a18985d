"""The duration of `make demo`, once everything is installed."""

import asyncio
import os
import sys
import tempfile
import time

from bench.figure import Figure, MeasurementError, at_most
from emulator.processes.process import PYTHON_ENVIRONMENT
from harness.local_stack import Log


async def measure(log: Log) -> list[Figure]:
    """Run the demo in a directory of its own, so that it disturbs no other that runs."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        began = time.perf_counter()
        demo = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "demo"),
            cwd=directory,
            env={**os.environ, **PYTHON_ENVIRONMENT},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            printed = await _follow(demo, log)
        finally:
            if demo.returncode is None:  # this measurement was interrupted
                demo.terminate()
                await demo.wait()
        seconds = time.perf_counter() - began
    if demo.returncode != 0:
        raise MeasurementError("the demo failed: " + " / ".join(printed[-5:]))
    return [Figure("`make demo`, once installed", at_most(90, "s"), seconds, "every step passed")]


async def _follow(demo: asyncio.subprocess.Process, log: Log) -> list[str]:
    """Return every line to the end, and log the titles of its steps."""
    lines: list[str] = []
    while demo.stdout and (line := await demo.stdout.readline()):
        lines.append(line.decode().rstrip())
        if lines[-1][:1].isdigit() and not lines[-1].endswith(" s"):  # not in the closing table
            log(lines[-1])
    await demo.wait()
    return lines
