"""The router's picture of the lines: read from the catalog, held in memory for a bounded time.

A picture that cannot be renewed in time is not used: starts are then refused, never guessed.
Readers share one refresh. Knows nothing of what a picture is used for.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from router.core.errors import Unavailable, Unreadable
from router.core.route import Snapshot
from router.ports import Catalog, Clock

_ASIDE_SECONDS = 0.05  # so long a refresh beside a request waits, for the request to go first

_PATIENCE_SECONDS = 5.0  # for a catalog that is slow; its answer serves those who ask later


class Snapshots:
    """Hands out a Snapshot that is younger than `ttl` seconds by the monotonic `ticks`.

    `must_be_new`: asked when there is no line; raises Unavailable when the catalog was lost.
    """

    def __init__(
        self,
        catalog: Catalog,
        ttl: float,
        now: Clock,
        ticks: Callable[[], float],
        must_be_new: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._catalog = catalog
        self._must_be_new = must_be_new
        self._ttl = ttl
        self._now = now
        self._ticks = ticks
        self._snapshot: Snapshot | None = None
        self._read_at = 0.0
        self._refreshing: asyncio.Task[Snapshot] | None = None

    async def get(self) -> Snapshot:
        """The picture; renewed beside the request when half its life is over, before it when all.

        Raises Unavailable (503 catalog-unavailable, catalog-lost) when it can't be renewed.
        """
        age = self._ticks() - self._read_at
        if self._snapshot is None or age >= self._ttl:
            return await self.refresh()
        if age >= self._ttl / 2:
            self._begin(after=min(_ASIDE_SECONDS, self._ttl / 8))
        return self._snapshot

    def good_at(self) -> float:
        """When (ticks) the latest picture was within its time: now, unless it was read slowly."""
        return min(self._ticks(), self._read_at + self._ttl)

    async def refresh(self) -> Snapshot:
        """A picture that was read after this call began, or is being read by another caller."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await asyncio.shield(self._begin())
        except (Unreadable, TimeoutError) as error:
            raise Unavailable(
                "catalog-unavailable",
                "The catalog of lines can't be read, so it is not known where this belongs. "
                "Nothing was started. Try again shortly.",
            ) from error

    async def newer(self, than: Snapshot | None, within: timedelta) -> Snapshot:
        """Wait `within`, then a picture that is not `than`; callers that wait share the reading."""
        await asyncio.sleep(within.total_seconds())
        if self._snapshot is not None and self._snapshot is not than:
            return await self.get()
        return await self.refresh()

    def _begin(self, after: float = 0) -> "asyncio.Task[Snapshot]":
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._read(after))
            self._refreshing.add_done_callback(_seen)
        return self._refreshing

    async def _read(self, after: float) -> Snapshot:
        await asyncio.sleep(after)
        begun, now = self._ticks(), self._now()
        lines, releases = await asyncio.gather(self._catalog.lines(), self._catalog.releases())
        if not lines and self._must_be_new is not None:
            await self._must_be_new()
        self._snapshot = Snapshot(
            {line.id: line for line in lines}, {each.version: each for each in releases}, now
        )
        self._read_at = begun
        return self._snapshot


def _seen(task: "asyncio.Task[Snapshot]") -> None:
    """A refresh that nobody waits for may fail; the next reader meets the age instead."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()
