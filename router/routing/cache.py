"""The router's picture of the lines: read from the catalog, held in memory for a bounded time.

A picture that cannot be renewed in time is not used: starts are then refused, never guessed.
Readers share one refresh. Knows nothing of what a picture is used for.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from router.domain.errors import Unavailable, Unreadable
from router.ports import Catalog, Clock
from router.routing.rules import Snapshot

_ASIDE_SECONDS = 0.05  # so long a refresh beside a request waits, for the request to go first

_APART_SECONDS = 1.0  # the readings that refused starts ask for

_PATIENCE_SECONDS = 5.0  # for a catalog that is slow; its answer serves those who ask later


class SnapshotCache:
    """Hands out a Snapshot that is younger than `ttl` seconds by the monotonic `ticks`.

    `must_be_new`: asked when there is no line; raises Unavailable when the catalog was lost.
    """

    def __init__(
        self,
        catalog: Catalog,
        ttl: float,
        now: Clock,
        monotonic: Callable[[], float],
        check_not_lost: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._catalog = catalog
        self._must_be_new = check_not_lost
        self._ttl = ttl
        self._now = now
        self._ticks = monotonic
        self._snapshot: Snapshot | None = None
        self._number = 0  # which reading it is of
        self._read_at = 0.0
        self._begun = 0  # how many readings have
        self._begun_at = -_APART_SECONDS
        self._reading: asyncio.Task[None] | None = None

    async def get(self) -> Snapshot:
        """The picture; renewed beside the request when half its life is over, before it when all.

        Raises Unavailable (503 catalog-unavailable, catalog-lost) when it can't be renewed.
        """
        age = self._ticks() - self._read_at
        if self._snapshot is None or age >= self._ttl:
            return await self._after(self._number)
        if age >= self._ttl / 2:
            self._begin(after=min(_ASIDE_SECONDS, self._ttl / 8))
        return self._snapshot

    def trusted_until(self) -> float:
        """When (ticks) the latest picture was within its time: now, unless it was read slowly."""
        return min(self._ticks(), self._read_at + self._ttl)

    async def refresh(self) -> Snapshot:
        """A picture whose reading began after this call: what was written before is in it."""
        return await self._after(self._begun)

    async def refresh_after_refusal(self) -> Snapshot:
        """The same for one who was refused by a picture; all of them together begin at most one
        reading in a second."""
        begun = self._begun
        await asyncio.sleep(self._begun_at + _APART_SECONDS - self._ticks())
        return await self._after(begun)

    async def newer(self, than: Snapshot | None, within: timedelta) -> Snapshot:
        """Wait `within`, then a picture that is not `than`; callers that wait share the reading."""
        await asyncio.sleep(within.total_seconds())
        if self._snapshot is not None and self._snapshot is not than:
            return await self.get()
        return await self._after(self._number)

    async def _after(self, number: int) -> Snapshot:
        """The picture of a later reading than that one."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while self._snapshot is None or self._number <= number:
                    await asyncio.shield(self._begin())
        except (Unreadable, TimeoutError) as error:
            raise Unavailable(
                "catalog-unavailable",
                "The catalog of lines can't be read, so it is not known where this belongs. "
                "Nothing was started. Try again shortly.",
            ) from error
        return self._snapshot

    def _begin(self, after: float = 0) -> "asyncio.Task[None]":
        """The reading that is under way, or a new one."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read(after))
            self._reading.add_done_callback(_seen)
        return self._reading

    async def _read(self, after: float) -> None:
        await asyncio.sleep(after)
        begun, now = self._ticks(), self._now()
        self._begun = number = self._begun + 1
        self._begun_at = begun
        lines, releases = await asyncio.gather(self._catalog.lines(), self._catalog.releases())
        if not lines and self._must_be_new is not None:
            await self._must_be_new()
        self._snapshot = Snapshot(
            {line.id: line for line in lines}, {each.version: each for each in releases}, now
        )
        self._number, self._read_at = number, begun


def _seen(task: "asyncio.Task[None]") -> None:
    """A refresh that nobody waits for may fail; the next reader meets the age instead."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()
