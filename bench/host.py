"""The start-up time and the memory of the emulated host with its worker, for one small app.

The baseline is a process that imports the libraries which every app and every host need, so the
ratio is the cost of what the two processes do besides.
"""

import asyncio
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.environment import APPS
from bench.figure import Figure, MeasurementError, at_most
from bench.processes import megabytes, with_children
from harness.azurite import running_azurite
from harness.function_host import FunctionHost
from harness.local_stack import Log

_ROUNDS = 7
_IMPORTS = (
    "import aiohttp, azure.durable_functions, azure.functions, azure.storage.blob.aio, "
    "azure_functions_runtime"
)


async def measure(log: Log) -> list[Figure]:
    """Start the imports and the host in turns, each from nothing."""
    imports: list[float] = []
    starts: list[float] = []
    memory: list[list[float]] = []
    with TemporaryDirectory(prefix="bench-") as directory:
        state = Path(directory)
        async with running_azurite(state) as azurite:
            host = FunctionHost("starting", azurite.account(), state / "host.log")
            for number in range(_ROUNDS):
                imports.append(await _seconds_to_import())
                began = time.perf_counter()
                try:
                    await host.start(APPS / "nothing")
                    starts.append(time.perf_counter() - began)
                    memory.append([megabytes(each) for each in with_children(host.pid)])
                finally:
                    await host.stop()
                log(
                    f"round {number + 1} of {_ROUNDS}: imports {imports[-1]:.2f} s, "
                    f"host {starts[-1]:.2f} s"
                )
    return [_start_up(starts, imports), _memory(memory)]


async def _seconds_to_import() -> float:
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _IMPORTS)
    if await process.wait():
        raise MeasurementError("the libraries cannot be imported")
    return time.perf_counter() - began


def _start_up(starts: list[float], imports: list[float]) -> Figure:
    return Figure(
        "emulated host with its worker, from start to the first answer of Durable's API ÷ a "
        "process that imports their libraries",
        at_most(3),
        median(starts) / median(imports),
        f"host {median(starts):.2f} s, imports {median(imports):.2f} s; "
        f"median of {_ROUNDS} starts, {min(starts):.2f} to {max(starts):.2f} s",
    )


def _memory(rounds: list[list[float]]) -> Figure:
    host, *workers = rounds[-1]
    return Figure(
        "memory of both (resident)",
        at_most(200, "MB"),
        median(sum(each) for each in rounds),
        f"host {host:.0f} MB, worker {sum(workers):.0f} MB",
    )
