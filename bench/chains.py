"""The speed of the emulated engine: two-activity orchestrations, many at once and one alone.

The app is the one that the real extension was recorded with. It runs on its host without a router,
as it did there.
"""

import asyncio
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiohttp

from bench.figure import Figure, MeasurementError, at_most
from bench.load import per_second
from bench.processes import processor_seconds, with_children
from emulator.processes.process import ROOT
from harness.azurite import running_azurite
from harness.durable_client import DurableClient
from harness.function_host import FunctionHost
from harness.local_stack import Log
from harness.waiting import until

_APP = ROOT / "emulator" / "tests" / "conformance" / "app"
_MANY, _AT_ONCE, _ROUNDS = 300, 20, 3
_ALONE, _WARM_UP = 30, 10
_REST_SECONDS = 0.3  # between two of them, so that each finds the engine idle
_POLL_SECONDS = 0.01


async def measure(log: Log) -> list[Figure]:
    """Measure one alone first, on storage that holds little, and then many at once."""
    with TemporaryDirectory(prefix="bench-") as directory:
        state = Path(directory)
        async with running_azurite(state) as azurite, aiohttp.ClientSession() as session:
            log("starting the app on its host")
            host = FunctionHost("chains", azurite.account(), state / "host.log")
            try:
                await host.start(_APP)
                durable = DurableClient(session, host.url, host.key)
                usage = ProcessorUsage(host=host.pid, storage=azurite.pid)
                alone = await _alone(durable, log)
                return [await _many(durable, usage, log), alone]
            finally:
                await host.stop()


class ProcessorUsage:
    """Processor seconds since the last reading, of named processes with their descendants."""

    def __init__(self, **pids: int) -> None:
        self._processes = {name: with_children(pid) for name, pid in pids.items()}
        self._before = dict.fromkeys(pids, 0.0)

    def read(self) -> str:
        """Return text such as "host 5.1 s, storage 4.2 s"."""
        now = {name: processor_seconds(*each) for name, each in self._processes.items()}
        text = ", ".join(f"{name} {now[name] - self._before[name]:.1f} s" for name in now)
        self._before = now
        return text


async def _alone(durable: DurableClient, log: Log) -> Figure:
    log(f"one alone, {_ALONE} times")
    seconds = []
    for number in range(_WARM_UP + _ALONE):
        await asyncio.sleep(_REST_SECONDS)
        began = time.perf_counter()
        await _completed(durable, await durable.start("chain"))
        if number >= _WARM_UP:
            seconds.append(time.perf_counter() - began)
    return Figure(
        "one of them, idle, from start to Completed: p50",
        at_most(0.15, "s"),
        median(seconds),
        f"{_ALONE} of them, one after the other; fastest {min(seconds):.2f} s, "
        f"slowest {max(seconds):.2f} s",
    )


async def _completed(durable: DurableClient, status_url: str) -> None:
    async def status() -> str:
        async with durable.session.get(status_url) as answer:
            return str((await answer.json(content_type=None))["runtimeStatus"])

    ended = await until(
        status, lambda seen: seen not in ("Pending", "Running"), poll_seconds=_POLL_SECONDS
    )
    if ended != "Completed":
        raise MeasurementError(f"an orchestration should complete, but is {ended}")


async def _many(durable: DurableClient, usage: ProcessorUsage, log: Log) -> Figure:
    seconds = []

    async def start_one() -> None:
        await durable.start("chain")

    for number in range(_ROUNDS):
        before = await durable.completed()
        usage.read()
        began = time.perf_counter()
        rate = await per_second(start_one, _AT_ONCE, _MANY)
        await durable.all_ended()
        seconds.append(time.perf_counter() - began)
        if (done := await durable.completed() - before) != _MANY:
            raise MeasurementError(f"{done} of {_MANY} are Completed")
        processor = usage.read()
        log(
            f"round {number + 1} of {_ROUNDS}: {seconds[-1]:.1f} s, started in "
            f"{_MANY / rate:.1f} s; processor time: {processor}"
        )
    return Figure(
        f"{_MANY} orchestrations of two activities, started {_AT_ONCE} at a time over HTTP, "
        "until all are Completed",
        at_most(15, "s"),
        median(seconds),
        f"median of {_ROUNDS} rounds, {min(seconds):.1f} to {max(seconds):.1f} s; "
        f"processor time of the last: {processor}",
    )
