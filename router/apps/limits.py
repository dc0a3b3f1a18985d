"""Whose turn it is among the parked starts of one process.

A few wait for their line in an activity, so that what they wait for has room to run; fewer still
are sent to one line at once, so that an app that does not answer is not tried again by all. Knows
nothing of what a turn is used for.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from router.domain.version import LineId

_WAITING = 100
_SENT = 8  # of one line
_PATIENCE = 1.0  # seconds that one waits to be among these
_LOOKS_APART = 20.0  # seconds between two looks at one operation


class Turns:
    """Gives turns; `ticks` are monotonic seconds."""

    def __init__(
        self, ticks: Callable[[], float], waiting: int = _WAITING, sent: int = _SENT
    ) -> None:
        self._ticks = ticks
        self._waiting = asyncio.Semaphore(waiting)
        self._sent = defaultdict[LineId, asyncio.Semaphore](lambda: asyncio.Semaphore(sent))
        self._looked: dict[str, float] = {}

    @asynccontextmanager
    async def to_wait(self) -> AsyncIterator[bool]:
        """Whether there is room to wait; never waits for that."""
        if self._waiting.locked():
            yield False
            return
        async with self._waiting:
            yield True

    @asynccontextmanager
    async def to_be_sent(self, line: LineId) -> AsyncIterator[bool]:
        """Whether it is one's turn soon; if not, the line is to be looked at again."""
        turns = self._sent[line]
        try:
            await asyncio.wait_for(turns.acquire(), _PATIENCE)
        except TimeoutError:
            yield False
            return
        try:
            yield True
        finally:
            turns.release()

    def to_look(self, operation: str) -> bool:
        """Whether one is to see that an operation still runs; who is told so does it for all."""
        last, now = self._looked.get(operation), self._ticks()
        if last is not None and now - last < _LOOKS_APART:
            return False
        self._looked[operation] = now
        return True
