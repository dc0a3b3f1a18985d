"""The effect of a line whose app hangs on another line, while both get starts.

The sick line's host is suspended, so its address takes connections and answers nothing. Its starts
come at the same rate as before, when it was healthy, so the ratio is the cost of the sickness and
not of the starts. The few that may be parked at once stand for the first seconds of a real load.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

import psutil

from bench.environment import Environment, Site, environment
from bench.figure import Figure, at_most
from bench.load import median_ms
from bench.processes import with_children
from harness.local_stack import Log
from harness.waiting import until

_SICK, _HEALTHY = "1.0.0", "1.1.0"
_PER_SECOND = 5
_STARTS = 60  # measured each time
_REST_SECONDS = 0.1
_SETTLED_SECONDS = 10.0
_ROUNDS = 2


async def measure(log: Log) -> list[Figure]:
    """Measure the times of starts on the healthy line, beside each state of the other."""
    async with environment(log, settings={"ROUTER_MAX_PARKED_PER_LINE": "20"}) as env:
        log("starting two lines")
        sick = await env.open_line(_SICK)
        await env.open_line(_HEALTHY)
        await env.router.line_action("1.0", "undrain")
        alone = median_ms(await _times(env))
        pairs = [await _round(env, sick, log) for _ in range(_ROUNDS)]
    before, beside = (median(each[which][0] for each in pairs) for which in (0, 1))
    answers = sum((each[1][1] for each in pairs), Counter[int]())
    return [
        Figure(
            "start on a healthy line beside starts on a line whose app hangs ÷ beside the same on "
            "a healthy line: p50",
            at_most(1.2),
            median(sick[0] / well[0] for well, sick in pairs),
            f"{_PER_SECOND} starts/s on the other line; beside a healthy line {before:.1f} ms, "
            f"beside a sick one {beside:.1f} ms, alone {alone:.1f} ms; the starts of the sick line "
            f"were answered {_in_words(answers)}",
        )
    ]


Measured = tuple[float, Counter[int]]


async def _round(env: Environment, sick: Site, log: Log) -> tuple[Measured, Measured]:
    """Return the milliseconds beside the healthy line and beside the sick one."""
    log(f"{_PER_SECOND} starts/s on a healthy line")
    well = await _measured(env)
    async with _suspended(sick):
        log(f"the same while its app hangs, after {_SETTLED_SECONDS:.0f} s")
        unwell = await _measured(env)
    log("waiting for its app and for the parked starts")
    await until(
        lambda: env.router.request_start("nothing", _SICK, None),
        lambda answer: answer.status == 202,
    )
    await asyncio.sleep(_SETTLED_SECONDS)
    return well, unwell


async def _measured(env: Environment) -> Measured:
    answers = Counter[int]()
    load = asyncio.create_task(_load(env, answers))
    try:
        await asyncio.sleep(_SETTLED_SECONDS)
        answers.clear()
        return median_ms(await _times(env)), answers
    finally:
        load.cancel()


async def _load(env: Environment, answers: Counter[int]) -> None:
    """Start on the other line at a constant rate, however long the answers take."""

    async def start() -> None:
        answer = await env.router.request_start("nothing", _SICK, None)
        answers[answer.status] += 1

    async with asyncio.TaskGroup() as starts:
        while True:
            starts.create_task(start())
            await asyncio.sleep(1 / _PER_SECOND)


async def _times(env: Environment) -> list[float]:
    seconds = []
    for _ in range(_STARTS):
        await asyncio.sleep(_REST_SECONDS)
        began = time.perf_counter()
        await env.router.start("nothing", _HEALTHY, None)
        seconds.append(time.perf_counter() - began)
    return seconds


@asynccontextmanager
async def _suspended(site: Site) -> AsyncIterator[None]:
    """Let the processes of an app do nothing."""
    processes: list[psutil.Process] = with_children(site.pid)
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def _in_words(answers: Counter[int]) -> str:
    return ", ".join(f"{status} {count} times" for status, count in sorted(answers.items()))
