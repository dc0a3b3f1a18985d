"""The requests to storage that an idle line costs the router, beside those of its app's engine.

Counted in Azurite's access log with one line, and then with several: the difference is that of the
added lines. Queues, leases and partitions of the lines' own hubs are polled by the engines of their
apps, with or without a router, and are left out. The monitors run at five times their usual pace,
so that the time is short, and the result is divided by that.
"""

import asyncio
import os
import re
from collections import Counter
from pathlib import Path

from bench.environment import environment
from bench.figure import Figure, at_most
from bench.storage_calls import resources
from harness.local_stack import Log

_FASTER = 5
_SETTINGS = {
    "ROUTER_MONITOR_SECONDS": str(60 // _FASTER),
    "ROUTER_SNAPSHOT_SECONDS": "",  # the default
    "ROUTER_AUTO_DRAIN": "false",
}
_ADDED = 3
_SETTLED_SECONDS = 30.0
_SECONDS = 122.0  # two ticks of a line that only waits for requests
_OF_AN_APP = re.compile(r"[A-Z]+ orders\d+x\d+(-|partitions)", re.IGNORECASE)


async def measure(log: Log) -> list[Figure]:
    """Measure the requests of one line, and then of several."""
    async with environment(log, access_log=True, settings=_SETTINGS) as env:
        requests = env.stack.logs / "azurite.log"
        await env.open_line("1.0.0")
        log(f"one idle line, counted for {_SECONDS:.0f} s")
        one = await _counted(requests)
        for minor in range(1, _ADDED + 1):
            await env.open_line(f"1.{minor}.0")
        log(f"{_ADDED + 1} idle lines, counted for {_SECONDS:.0f} s")
        all_of_them = await _counted(requests)
    return [_figure(one, all_of_them)]


def per_line(one: Counter[str], more: Counter[str]) -> dict[str, float]:
    """Return the requests of a line per minute at the usual pace, by kind."""
    minutes = _SECONDS / 60 * _FASTER * _ADDED
    found = {kind: (more[kind] - one[kind]) / minutes for kind in one | more}
    return {kind: each for kind, each in found.items() if not _OF_AN_APP.match(kind)}


async def _counted(log: Path) -> Counter[str]:
    await asyncio.sleep(_SETTLED_SECONDS)
    with log.open("rb") as lines:
        lines.seek(0, os.SEEK_END)
        await asyncio.sleep(_SECONDS)
        return Counter(resources(line.decode() for line in lines))


def _figure(one: Counter[str], more: Counter[str]) -> Figure:
    kinds = per_line(one, more)
    largest = sorted(kinds.items(), key=lambda each: -each[1])[:6]
    alone = sum(each for kind, each in one.items() if not _OF_AN_APP.match(kind))
    return Figure(
        "storage requests per minute for an idle line, beside those of its app's engine",
        at_most(10),
        sum(kinds.values()),
        ", ".join(f"{each:.1f} {kind}" for kind, each in largest)
        + f"; the router with its first line: {alone * 60 / _SECONDS / _FASTER:.0f}",
    )
