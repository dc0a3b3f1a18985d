"""Limits on the parked starts of one process.

A few wait for their line inside an activity, so that the work they wait for has room to run. Fewer
still are sent to one line at once, so that an app that does not answer is not retried by all.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from router.domain.version import LineId
from router.ports import Monotonic

_WAITING = 100
_SENDING = 8  # per line
_PATIENCE = 1.0  # seconds to wait for a sending slot
_CHECKS_APART = 20.0  # seconds between two checks of one operation


class Limits:
    """Hands out slots."""

    def __init__(
        self, monotonic: Monotonic, waiting: int = _WAITING, sending: int = _SENDING
    ) -> None:
        self._monotonic = monotonic
        self._waiting = asyncio.Semaphore(waiting)
        self._sending = defaultdict[LineId, asyncio.Semaphore](lambda: asyncio.Semaphore(sending))
        self._checked: dict[str, float] = {}

    @asynccontextmanager
    async def waiting_slot(self) -> AsyncIterator[bool]:
        """Yield whether there is a slot to wait in, without waiting for one."""
        if self._waiting.locked():
            yield False
            return
        async with self._waiting:
            yield True

    @asynccontextmanager
    async def sending_slot(self, line: LineId) -> AsyncIterator[bool]:
        """Yield whether a slot became free soon. If not, check the line again first."""
        slots = self._sending[line]
        try:
            await asyncio.wait_for(slots.acquire(), _PATIENCE)
        except TimeoutError:
            yield False
            return
        try:
            yield True
        finally:
            slots.release()

    def may_check(self, operation: str, apart: float = _CHECKS_APART) -> bool:
        """Return whether the caller is to check, for all others, that an operation still runs."""
        last, now = self._checked.get(operation), self._monotonic()
        if last is not None and now - last < apart:
            return False
        self._checked[operation] = now
        return True
