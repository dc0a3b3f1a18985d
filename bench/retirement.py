"""From the end of a draining line's last instance to the end of its retirement.

Measured with the settings of the local run, and with the times that the router has by default:
those are for Azure, where the deletions themselves take longer than here.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from bench.failure import MeasurementFailed
from bench.figure import Figure, at_most
from bench.instance import completed
from bench.stage import Say, Stage, stage

_PATIENCE_SECONDS = 900.0
_LOOK_SECONDS = 0.2
_TIMES = ("SNAPSHOT", "FORWARD", "POLL", "STEP", "MONITOR", "DRAIN_APART", "VISIBILITY", "MARGIN")
_DEFAULTS = {f"ROUTER_{time}_SECONDS": "" for time in _TIMES}  # empty is as good as not set


async def measure(say: Say) -> list[Figure]:
    """One line's end with each."""
    return [
        await _figure("the local run's settings", 15, {}, say),
        await _figure("default settings", 300, _DEFAULTS, say),
    ]


async def _figure(named: str, limit: float, settings: Mapping[str, str], say: Say) -> Figure:
    async with stage(say, settings=settings) as run:
        await run.open_line("1.0.0")
        waiting = await run.router.start("wait", "1.0.0", None)
        await run.open_line("1.1.0")
        say(f"{named}: line 1.0 drains, until it is seen that an instance holds it")
        await _line(run, lambda line: bool(line["drain"] and line["drain"]["why"]))
        await run.router.raise_event(waiting, "go", None)
        await completed(run.session, waiting.status_url)
        began = time.monotonic()
        await _line(run, lambda line: line["state"] == "retired")
        took = time.monotonic() - began
    say(f"{named}: gone after {took:.0f} s")
    return Figure(
        f"last instance of a draining line done, to its app and hub gone: {named}",
        at_most(limit, "s"),
        took,
        f"one line, {took:.0f} s by {named}",
    )


async def _line(run: Stage, good: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until line 1.0 is as it should be."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        line = dict((await run.router.get("/api/lines/1.0")).body)
        if good(line):
            return
        if time.monotonic() > deadline:
            raise MeasurementFailed(f"line 1.0 is {line['state']} still: {line['drain']}")
        await asyncio.sleep(_LOOK_SECONDS)
