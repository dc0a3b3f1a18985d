"""The time from the end of a draining line's last instance to the end of its retirement.

Measured with the settings of the local run and with the router's defaults. These are for Azure,
where the deletions themselves take longer than here.
"""

import time
from collections.abc import Mapping

from bench.environment import completed, environment
from bench.figure import Figure, at_most
from harness.local_stack import Log
from harness.waiting import line_until

_POLL_SECONDS = 0.2
_TIMES = ("SNAPSHOT", "FORWARD", "POLL", "STEP", "MONITOR", "DRAIN_APART", "VISIBILITY", "MARGIN")
_DEFAULTS = {f"ROUTER_{time}_SECONDS": "" for time in _TIMES}  # an empty setting is not set


async def measure(log: Log) -> list[Figure]:
    """Retire one line with each."""
    return [
        await _figure("the local run's settings", 15, {}, log),
        await _figure("default settings", 300, _DEFAULTS, log),
    ]


async def _figure(named: str, limit: float, settings: Mapping[str, str], log: Log) -> Figure:
    async with environment(log, settings=settings) as env:
        await env.open_line("1.0.0")
        waiting = await env.router.start("wait", "1.0.0", None)
        await env.open_line("1.1.0")
        log(f"{named}: line 1.0 drains, and waits to be blocked by its instance")
        await line_until(
            env.router, "1.0", lambda line: bool(line["drain"] and line["drain"]["why"])
        )
        await env.router.raise_event(waiting, "go", None)
        await completed(env.router, waiting)
        began = time.monotonic()
        await line_until(
            env.router,
            "1.0",
            lambda line: line["state"] == "retired",
            poll_seconds=_POLL_SECONDS,
        )
        took = time.monotonic() - began
    log(f"{named}: deleted after {took:.0f} s")
    return Figure(
        f"last instance of a draining line done, to its app and hub gone: {named}",
        at_most(limit, "s"),
        took,
        f"one line, {took:.0f} s with {named}",
    )
