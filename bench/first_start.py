"""The first start of a version that runs nowhere yet: its answer, and its end; and the answers of
those that come while it is waited for.

The answer is a promise kept durably; the end has plan, function app, settings, deployment and the
start of a host process behind it.
"""

import asyncio
import time
from statistics import median, quantiles

from bench.figure import Figure, at_most
from bench.instance import completed
from bench.stage import Say, Stage, stage

_LINES = 5
_LOOK_SECONDS = 0.05
_APART_SECONDS = 0.1  # a few starts; many would be measured beside what they wait for


async def measure(say: Say) -> list[Figure]:
    """Medians over some new lines, one after the other."""
    answered: list[float] = []
    parked: list[float] = []
    done: list[float] = []
    async with stage(say) as run:
        for minor in range(_LINES):
            version = f"1.{minor}.0"
            await run.register(version)
            began = time.perf_counter()
            started = await run.router.start("nothing", version, None)
            answered.append(started.answer.seconds)
            meanwhile = asyncio.create_task(_parked(run, version))
            await completed(run.session, started.status_url, _LOOK_SECONDS)
            done.append(time.perf_counter() - began)
            parked += await meanwhile
            say(
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
            "a start while its line is provisioned: its 202, nine in ten",
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


async def _parked(run: Stage, version: str) -> list[float]:
    """Seconds to the answer of each start, for as long as they are parked."""
    seconds: list[float] = []
    while True:
        answer = (await run.router.start("nothing", version, None)).answer
        if "X-App-Version" in answer.headers:  # the line serves
            return seconds
        seconds.append(answer.seconds)
        await asyncio.sleep(_APART_SECONDS)
