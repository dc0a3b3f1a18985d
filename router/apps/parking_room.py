"""Limit how many starts may be parked, for one line and in all.

The number is that of the stored inputs, which all processes of the router see. It is counted again
every few seconds while starts are parked, so the limits are not exact.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping

from router.domain.errors import Unavailable, Unreadable
from router.domain.version import LineId
from router.ports import Monotonic, ParkedInputs

_FRESH_SECONDS = 5.0
_RETRY_AFTER = 30  # seconds


class ParkingRoom:
    """Refuses starts that would be parked beyond the limits."""

    def __init__(
        self, inputs: ParkedInputs, limit: int, limit_per_line: int, monotonic: Monotonic
    ) -> None:
        self._inputs = inputs
        self._limit = limit
        self._limit_per_line = limit_per_line
        self._monotonic = monotonic
        self._counts = Counter[LineId]()
        self._counted_at: float | None = None
        self._counting: asyncio.Task[None] | None = None

    async def require(self, line: LineId) -> None:
        """Raise Unavailable 429 too-many-parked if there is no room for a start of this line."""
        counting = self._count()
        if self._counted_at is None:
            with contextlib.suppress(Unreadable):  # storing the input will fail as well
                await asyncio.shield(counting)
        if self._counts[line] >= self._limit_per_line:
            raise _too_many(f"line {line}", self._limit_per_line, "ROUTER_MAX_PARKED_PER_LINE")
        if self._counts.total() >= self._limit:
            raise _too_many("all lines", self._limit, "ROUTER_MAX_PARKED")
        self._counts[line] += 1

    def _count(self) -> "asyncio.Task[None]":
        """Return the counting in progress, or begin one if the last is too old."""
        now = self._monotonic()
        is_fresh = self._counted_at is not None and now - self._counted_at < _FRESH_SECONDS
        if self._counting is None or (self._counting.done() and not is_fresh):
            self._counting = asyncio.create_task(self._read(now))
            self._counting.add_done_callback(_retrieve_exception)
        return self._counting

    async def _read(self, begun_at: float) -> None:
        found: Mapping[LineId, int] = await self._inputs.counts()
        self._counts, self._counted_at = Counter(found), begun_at


def _retrieve_exception(task: "asyncio.Task[None]") -> None:
    """Let a count fail silently. The next start counts again."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()


def _too_many(where: str, limit: int, setting: str) -> Unavailable:
    detail = (
        f"{limit} starts are parked for {where} already ({setting}). Nothing was started. Retry "
        "later; parked starts are forwarded once their line takes them."
    )
    return Unavailable("too-many-parked", detail, status=429, retry_after=_RETRY_AFTER)
