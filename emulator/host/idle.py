"""The wait until a host has had nothing to do for a while."""

import asyncio
from collections.abc import Callable, Sequence

_SHORTEST = 0.05  # seconds between two looks

type Quiet = Callable[[], float]
"""Return for how many seconds one part of the host has had nothing to do."""


async def until_idle(seconds: float, parts: Sequence[Quiet]) -> None:
    """Wait until no part of a host has had anything to do for so many seconds."""
    while (left := seconds - min(quiet() for quiet in parts)) > 0:  # noqa: ASYNC110 - time passes without an event
        await asyncio.sleep(max(left, _SHORTEST))
