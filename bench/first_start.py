"""The first start of a version that runs nowhere yet: time to its 202, and to its completion.

The 202 promises that the start is stored durably. Completion includes the plan, the function app,
its settings, the deployment and the start of a host process. From zero, it includes the start of a
host process alone, and the scale controller that finds the start's message.
"""

import asyncio
import time
from statistics import median, quantiles

from bench.environment import Environment, Site, completed, environment
from bench.figure import Figure, at_most
from harness.local_stack import Log
from harness.waiting import until

_LINES = 5
_FROM_ZERO = 5
_SCALING = {"EMULATOR_IDLE_SECONDS": "2"}
_POLL_SECONDS = 0.05
_APART_SECONDS = 0.1  # few starts, since many would slow down what they wait for


async def measure(log: Log) -> list[Figure]:
    """Measure some new lines, one after the other, and starts on a line that has scaled to zero."""
    return [*await _measure_new_lines(log), await _measure_from_zero(log)]


async def _measure_new_lines(log: Log) -> list[Figure]:
    answered: list[float] = []
    parked: list[float] = []
    done: list[float] = []
    async with environment(log) as env:
        for minor in range(_LINES):
            version = f"1.{minor}.0"
            await env.register(version)
            began = time.perf_counter()
            started = await env.router.start("nothing", version, None)
            answered.append(started.answer.seconds)
            others = asyncio.create_task(_parked_starts(env, version))
            await completed(env.router, started, _POLL_SECONDS)
            done.append(time.perf_counter() - began)
            parked += await others
            log(
                f"{version}: 202 after {1000 * answered[-1]:.0f} ms, "
                f"Completed after {done[-1]:.1f} s"
            )
    return _figures(answered, parked, done)


def _figures(answered: list[float], parked: list[float], done: list[float]) -> list[Figure]:
    return [
        Figure(
            "first start of a new version: its 202",
            at_most(100, "ms"),
            1000 * median(answered),
            f"median of {_LINES} new lines, {1000 * min(answered):.0f} to "
            f"{1000 * max(answered):.0f} ms",
        ),
        Figure(
            "a start while its line is provisioned: its 202, p90",
            at_most(100, "ms"),
            1000 * quantiles(parked, n=10)[-1],
            f"of {len(parked)} starts, one after the other; median {1000 * median(parked):.0f} ms, "
            f"slowest {1000 * max(parked):.0f} ms",
        ),
        Figure(
            "first start of a new version: Completed",
            at_most(6, "s"),
            median(done),
            f"median of {_LINES} new lines, {min(done):.1f} to {max(done):.1f} s",
        ),
    ]


async def _measure_from_zero(log: Log) -> Figure:
    done: list[float] = []
    async with environment(log, settings=_SCALING) as env:
        site = await env.open_line("1.0.0")
        for _ in range(_FROM_ZERO):
            await _at_zero(env, site)
            began = time.perf_counter()
            started = await env.router.start("nothing", "1.0.0", None)
            answered = time.perf_counter() - began
            await completed(env.router, started, _POLL_SECONDS)
            done.append(time.perf_counter() - began)
            log(f"from zero: 202 after {answered:.1f} s, Completed after {done[-1]:.1f} s")
    return Figure(
        "first start on an app at zero: Completed",
        at_most(6, "s"),
        median(done),
        f"median of {_FROM_ZERO}, {min(done):.1f} to {max(done):.1f} s",
    )


async def _at_zero(env: Environment, site: Site) -> None:
    async def hosts() -> list[int]:
        return env.stack.pids(f"host:{site.name.lower()}")

    await until(hosts, lambda found: not found)


async def _parked_starts(env: Environment, version: str) -> list[float]:
    """Return the seconds to the 202 of each start, for as long as they are parked."""
    seconds: list[float] = []
    while True:
        answer = (await env.router.start("nothing", version, None)).answer
        if "X-App-Version" in answer.headers:  # the line serves it
            return seconds
        seconds.append(answer.seconds)
        await asyncio.sleep(_APART_SECONDS)
