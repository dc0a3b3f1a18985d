"""The load generator: requests one by one or many at a time, on this process's loop.

It shares the machine with what it measures, so it does as little as it can per request.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle
from statistics import median

Send = Callable[[], Awaitable[None]]


async def in_turn(ways: Sequence[Send], rounds: int, rest: float) -> list[list[float]]:
    """Seconds of each request, per way; one request at a time, `rest` seconds before each.

    The ways take turns, to and fro (a b b a), so that what drifts or lingers meets all alike.
    """
    seconds: list[list[float]] = [[] for _ in ways]
    there = list(range(len(ways)))
    for order, _ in zip(cycle((there, there[::-1])), range(rounds), strict=False):
        for way in order:
            await asyncio.sleep(rest)
            began = time.perf_counter()
            await ways[way]()
            seconds[way].append(time.perf_counter() - began)
    return seconds


async def per_second(send: Send, connections: int, requests: int) -> float:
    """Requests per second over so many connections, each of them always busy."""
    left = iter(range(requests))

    async def client() -> None:
        for _ in left:
            await send()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as clients:
        for _ in range(connections):
            clients.create_task(client())
    return requests / (time.perf_counter() - began)


def milliseconds(seconds: Sequence[float]) -> float:
    """The median."""
    return 1000 * median(seconds)
