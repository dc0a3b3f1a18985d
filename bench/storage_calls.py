"""The storage calls of a start through the router, beyond those of the app itself.

Counted in Azurite's own access log. In windows of the same length few starts are made and then
many, directly and through the router. What grows with the starts is caused by them, what stays the
same is periodic (polls, leases, the refresh of the router's snapshot). Reads of queues are left
out: the engine reads a queue when it is woken, by whatever.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bench.environment import environment
from bench.figure import Figure, at_most
from bench.load import Send
from harness.local_stack import Log

_FEW, _MANY = 40, 160
_WINDOW_SECONDS = 8.0
_SETTLED_SECONDS = 2.0
_NOISE = 0.1  # calls per start
_REQUEST = re.compile(r'"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/1.1"')
_NAMES = (
    (re.compile(r"\(.*\)"), "(…)"),
    (re.compile(r"-control-\d+"), "-control-NN"),
    (re.compile(r"/messages/.*"), "/messages/…"),
)

Calls = dict[str, float]


async def measure(log: Log) -> list[Figure]:
    """Measure the calls per start that the router adds."""
    async with environment(log, access_log=True) as env:
        log("starting the line's app")
        app = await env.open_line("1.0.0")
        durable = await env.durable(app)
        requests = env.stack.logs / "azurite.log"

        async def directly() -> None:
            await durable.start("nothing")

        async def through_the_router() -> None:
            await env.router.start("nothing", "1.0.0", None)

        seconds = 2 * (_WINDOW_SECONDS + _SETTLED_SECONDS)
        log(f"starts directly, {_FEW} and then {_MANY} in {seconds:.0f} s")
        few, many = [await _counted(directly, starts, requests) for starts in (_FEW, _MANY)]
        own = per_start(few, many)
        log(f"starts through the router, {_FEW} and then {_MANY} in {seconds:.0f} s")
        few = await _counted(through_the_router, _FEW, requests)
        many = await _counted(through_the_router, _MANY, requests)
    return [_figure(added(per_start(few, many), own), own)]


def per_start(few: Counter[str], many: Counter[str]) -> Calls:
    """Return the calls of a start by kind: their growth from few starts to many."""
    return {kind: (many[kind] - few[kind]) / (_MANY - _FEW) for kind in few | many}


def added(routed: Calls, own: Calls) -> Calls:
    """Return the calls that the router adds by kind, without noise."""
    more = {kind: calls - own.get(kind, 0.0) for kind, calls in routed.items()}
    return {kind: calls for kind, calls in more.items() if calls >= _NOISE}


def kinds(lines: Iterable[str]) -> Counter[str]:
    """Count the requests of an access log by method and resource, without reads of queues."""
    is_read = re.compile(r"GET .*/messages").fullmatch
    return Counter(each for each in resources(lines) if not is_read(each))


def resources(lines: Iterable[str]) -> Iterator[str]:
    """Yield the method and the resource of each request in an access log."""
    for line in lines:
        if (request := _REQUEST.search(line)) is None:
            continue
        resource = urlsplit(request["target"]).path.partition("/")[2].partition("/")[2]
        for pattern, name in _NAMES:
            resource = pattern.sub(name, resource)
        yield f"{request['method']} {resource}"


async def _counted(send: Send, starts: int, log: Path) -> Counter[str]:
    """Count the requests of a window with this many starts, evenly spaced."""
    loop = asyncio.get_running_loop()
    with log.open("rb") as lines:
        lines.seek(0, os.SEEK_END)
        began = loop.time()
        for number in range(starts):
            await asyncio.sleep(began + number * _WINDOW_SECONDS / starts - loop.time())
            await send()
        await asyncio.sleep(began + _WINDOW_SECONDS + _SETTLED_SECONDS - loop.time())
        return kinds(line.decode() for line in lines)


def _figure(more: Calls, own: Calls) -> Figure:
    kinds_ = ", ".join(f"{calls:.1f} {kind}" for kind, calls in more.items()) or "none added"
    return Figure(
        "storage calls per start on an active line, beyond the app's own",
        at_most(0),
        sum(more.values()),
        f"{kinds_}; the app's own: {sum(own.values()):.1f}",
    )
