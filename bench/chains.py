"""How fast the emulated engine is: two-activity orchestrations, many at once and one alone.

The app is the one that the real extension was recorded with; it stands alone on its host, without
a router, as it did there.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import astuple
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiohttp
import psutil

from bench import site
from bench.durable import Durable
from bench.failure import MeasurementFailed
from bench.figure import Figure, at_most
from bench.instance import completed
from bench.load import per_second
from bench.stage import Say
from emulator.processes.ports import claim, port_of
from emulator.processes.process import ROOT, Process, start
from emulator.stack import azurite, readiness

_APP = ROOT / "emulator" / "tests" / "conformance" / "app"
_MANY, _AT_ONCE, _ROUNDS = 300, 20, 3
_ALONE, _WARM_UP = 30, 10
_REST_SECONDS = 0.3  # between two of them, so that each finds the engine idle
_UP_SECONDS = 30.0
_GRACE_SECONDS = 10.0


async def measure(say: Say) -> list[Figure]:
    """One alone first, on storage that holds little; then many at once."""
    with TemporaryDirectory(prefix="bench-") as directory:
        state = Path(directory)
        async with _storage(state) as (storage, process), aiohttp.ClientSession() as session:
            say("the app comes up on its host")
            async with site.hosted("chains", _APP, state, storage) as app:
                keys = await site.keys(storage, app.name)
                key = keys["systemKeys"]["durabletask_extension"]
                durable = Durable(session, app.url, key)
                used = Used(host=psutil.Process(app.pid), storage=psutil.Process(process.pid))
                alone = await _alone(durable, say)
                return [await _many(durable, used, say), alone]


class Used:
    """Processor seconds of processes, by name, since the last look."""

    def __init__(self, **processes: psutil.Process) -> None:
        self._processes = processes
        self._before = dict.fromkeys(processes, 0.0)

    def look(self) -> str:
        """Such as "host 5.1 s, storage 4.2 s"."""
        now = {name: sum(each.cpu_times()[:2]) for name, each in self._processes.items()}
        text = ", ".join(f"{name} {now[name] - self._before[name]:.1f} s" for name in now)
        self._before = now
        return text


async def _alone(durable: Durable, say: Say) -> Figure:
    say(f"one alone, {_ALONE} times")
    seconds = []
    for number in range(_WARM_UP + _ALONE):
        await asyncio.sleep(_REST_SECONDS)
        began = time.perf_counter()
        await completed(durable.session, await durable.start("chain"))
        if number >= _WARM_UP:
            seconds.append(time.perf_counter() - began)
    return Figure(
        "one of them, idle, from start to Completed: p50",
        at_most(0.15, "s"),
        median(seconds),
        f"{_ALONE} of them, one after the other; fastest {min(seconds):.2f} s, "
        f"slowest {max(seconds):.2f} s",
    )


async def _many(durable: Durable, used: Used, say: Say) -> Figure:
    seconds = []

    async def start_one() -> None:
        await durable.start("chain")

    for number in range(_ROUNDS):
        before = await durable.completed()
        used.look()
        began = time.perf_counter()
        rate = await per_second(start_one, _AT_ONCE, _MANY)
        await durable.all_ended()
        seconds.append(time.perf_counter() - began)
        if (done := await durable.completed() - before) != _MANY:
            raise MeasurementFailed(f"{done} of {_MANY} are Completed")
        processor = used.look()
        say(
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


@asynccontextmanager
async def _storage(state: Path) -> AsyncIterator[tuple[str, Process]]:
    """Azurite with nothing in it: its connection string and its process."""
    with claim(0) as blob, claim(0) as queue, claim(0) as table:
        ports = azurite.AzuritePorts(*map(port_of, (blob, queue, table)))
    data, log = state / "azurite", state / "logs" / "azurite.log"
    data.mkdir()
    process = await start(azurite.command(state, data, ports, log))
    try:
        for port in astuple(ports):
            await readiness.port_accepts("Azurite", port, _UP_SECONDS)
        yield azurite.connection_string(ports), process
    finally:
        await process.stop(_GRACE_SECONDS)
