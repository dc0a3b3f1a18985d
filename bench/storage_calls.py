"""What a start through the router asks of storage, over what the app asks by itself.

Counted in Azurite's own access log. In windows of the same length few starts are made and then
many, directly and through the router; what grows with the starts is their doing, what stays the
same is done by time (polls, leases, the refresh of the router's picture of the lines). The reads
of queues are left out: the engine reads a queue when it is woken, whoever woke it.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from bench.figure import Figure, at_most
from bench.load import Send
from bench.stage import Say, stage

_FEW, _MANY = 40, 160
_WINDOW_SECONDS = 8.0
_SETTLED_SECONDS = 2.0
_SHOWN = 0.1  # calls per start; less is chance
_REQUEST = re.compile(r'"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/1.1"')
_NAMES = (
    (re.compile(r"\(.*\)"), "(…)"),
    (re.compile(r"-control-\d+"), "-control-NN"),
    (re.compile(r"/messages/.*"), "/messages/…"),
)

Calls = dict[str, float]


async def measure(say: Say) -> list[Figure]:
    """Calls per start that the router adds."""
    async with stage(say, access_log=True) as run:
        say("the line's app comes up")
        app = await run.open_line("1.0.0")
        durable = await run.durable(app)
        log = run.state / "logs" / "azurite.log"

        async def directly() -> None:
            await durable.start("nothing")

        async def through_the_router() -> None:
            await run.router.start("nothing", "1.0.0", None)

        seconds = 2 * (_WINDOW_SECONDS + _SETTLED_SECONDS)
        say(f"starts directly, {_FEW} and then {_MANY} in {seconds:.0f} s")
        own = per_start(await _counted(directly, _FEW, log), await _counted(directly, _MANY, log))
        say(f"starts through the router, {_FEW} and then {_MANY} in {seconds:.0f} s")
        few = await _counted(through_the_router, _FEW, log)
        many = await _counted(through_the_router, _MANY, log)
    return [_figure(added(per_start(few, many), own), own)]


def per_start(few: Counter[str], many: Counter[str]) -> Calls:
    """Calls of each kind that a start makes: how they grow from few starts to many."""
    return {kind: (many[kind] - few[kind]) / (_MANY - _FEW) for kind in few | many}


def added(routed: Calls, own: Calls) -> Calls:
    """What starts through the router ask over those made directly, by kind; chance left out."""
    more = {kind: calls - own.get(kind, 0.0) for kind, calls in routed.items()}
    return {kind: calls for kind, calls in more.items() if calls >= _SHOWN}


def kinds(lines: Iterable[str]) -> Counter[str]:
    """The requests of an access log by method and resource, reads of queues left out."""
    found: Counter[str] = Counter()
    for line in lines:
        if (request := _REQUEST.search(line)) is None:
            continue
        resource = urlsplit(request["target"]).path.partition("/")[2].partition("/")[2]
        for pattern, name in _NAMES:
            resource = pattern.sub(name, resource)
        if not (request["method"] == "GET" and resource.endswith("/messages")):
            found[f"{request['method']} {resource}"] += 1
    return found


async def _counted(send: Send, starts: int, log: Path) -> Counter[str]:
    """The requests of a window in which so many starts are made at an even pace."""
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
    kinds_ = ", ".join(f"{calls:.1f} {kind}" for kind, calls in more.items()) or "none is added"
    return Figure(
        "storage calls per start on an active line, before the app's own",
        at_most(0),
        sum(more.values()),
        f"{kinds_}; the app's own are {sum(own.values()):.1f}",
    )
