"""The load generator: requests one by one or many at a time.

It shares the machine with what it measures, so it does as little as possible per request.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle
from statistics import median

Send = Callable[[], Awaitable[None]]


async def in_turn(ways: Sequence[Send], rounds: int, rest_seconds: float) -> list[list[float]]:
    """Send one request at a time, with a rest before each. Return their seconds, per way.

    The ways take turns forth and back (a b b a), so that drift affects all of them alike.
    """
    seconds: list[list[float]] = [[] for _ in ways]
    forth = list(range(len(ways)))
    for turn, _ in zip(cycle((forth, forth[::-1])), range(rounds), strict=False):
        for way in turn:
            await asyncio.sleep(rest_seconds)
            began = time.perf_counter()
            await ways[way]()
            seconds[way].append(time.perf_counter() - began)
    return seconds


async def per_second(send: Send, connections: int, requests: int) -> float:
    """Return the requests per second over this many connections, each of them always busy."""
    left = iter(range(requests))

    async def client() -> None:
        for _ in left:
            await send()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as clients:
        for _ in range(connections):
            clients.create_task(client())
    return requests / (time.perf_counter() - began)


def median_ms(seconds: Sequence[float]) -> float:
    """Return the median in milliseconds."""
    return 1000 * median(seconds)
