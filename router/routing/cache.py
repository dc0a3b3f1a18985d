"""The snapshot of the catalog that starts are routed by, kept in memory for a bounded time.

A snapshot that is too old is never used: when it cannot be refreshed, starts are refused.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from router.domain.errors import Unavailable, Unreadable
from router.ports import Catalog, Clock
from router.routing.rules import Snapshot

_BACKGROUND_DELAY = 0.05  # seconds; lets the request that caused a background refresh go first


class SnapshotCache:
    """Hands out a Snapshot that is younger than `ttl` seconds; concurrent readers share a refresh.

    Args:
        check_not_lost: Called when the catalog has no lines. Raises Unavailable if it was lost.
        spacing: Minimum seconds between the refreshes that refused starts cause.
        patience: Seconds to wait for a slow catalog. Its answer still serves later callers.
    """

    def __init__(  # noqa: PLR0913 - two of them have defaults that only tests change
        self,
        catalog: Catalog,
        ttl: float,
        now: Clock,
        monotonic: Callable[[], float],
        check_not_lost: Callable[[], Awaitable[None]] | None = None,
        *,
        spacing: float = 1.0,
        patience: float = 5.0,
    ) -> None:
        self._catalog = catalog
        self._check_not_lost = check_not_lost
        self._ttl = ttl
        self._spacing = spacing
        self._patience = patience
        self._now = now
        self._monotonic = monotonic
        self._snapshot: Snapshot | None = None
        self._number = 0  # of the refresh that read the snapshot
        self._read_at = 0.0  # when that refresh began
        self._last_number = 0  # of the refresh that began last
        self._last_begun_at = -spacing
        self._refresh: asyncio.Task[None] | None = None

    async def get(self) -> Snapshot:
        """Return the snapshot, and refresh it in the background after half of its lifetime.

        Raises Unavailable (503 catalog-unavailable, catalog-lost) when it is too old and cannot
        be refreshed.
        """
        age = self._monotonic() - self._read_at
        if self._snapshot is None or age >= self._ttl:
            return await self._after(self._number)
        if age >= self._ttl / 2:
            self._begin(delay=min(_BACKGROUND_DELAY, self._ttl / 8))
        return self._snapshot

    async def last_known(self) -> Snapshot:
        """Return the snapshot, even one that is too old if it cannot be refreshed.

        For what hardly ever changes of a line, such as where its rows are. Raises Unavailable.
        """
        try:
            return await self.get()
        except Unavailable:
            if self._snapshot is None:
                raise
            return self._snapshot

    def trusted_until(self) -> float:
        """Return the latest time (monotonic) at which the snapshot could be trusted.

        That is now, unless reading it took longer than its lifetime.
        """
        return min(self._monotonic(), self._read_at + self._ttl)

    async def refresh(self) -> Snapshot:
        """Return a snapshot read after this call, which includes everything written before it."""
        return await self._after(self._last_number)

    async def refresh_after_refusal(self) -> Snapshot:
        """Return a snapshot read after this call, for a start that the current one refuses.

        However many starts are refused, their refreshes begin at least `spacing` apart.
        """
        number = self._last_number
        await asyncio.sleep(self._last_begun_at + self._spacing - self._monotonic())
        return await self._after(number)

    async def newer(self, than: Snapshot | None, within: timedelta) -> Snapshot:
        """Wait `within`, then return a snapshot other than `than`; waiting callers share it."""
        await asyncio.sleep(within.total_seconds())
        if self._snapshot is not None and self._snapshot is not than:
            return await self.get()
        return await self._after(self._number)

    async def _after(self, number: int) -> Snapshot:
        """Return the snapshot of a later refresh than that one."""
        try:
            async with asyncio.timeout(self._patience):
                while self._snapshot is None or self._number <= number:
                    await asyncio.shield(self._begin())
        except (Unreadable, TimeoutError) as error:
            raise Unavailable(
                "catalog-unavailable",
                "The catalog cannot be read, so the line of the request is unknown. "
                "Nothing was started. Retry shortly.",
            ) from error
        return self._snapshot

    def _begin(self, delay: float = 0) -> "asyncio.Task[None]":
        """Return the refresh that is in progress, or begin one."""
        if self._refresh is None or self._refresh.done():
            self._refresh = asyncio.create_task(self._read(delay))
            self._refresh.add_done_callback(_retrieve_exception)
        return self._refresh

    async def _read(self, delay: float) -> None:
        await asyncio.sleep(delay)
        begun_at, now = self._monotonic(), self._now()
        self._last_number = number = self._last_number + 1
        self._last_begun_at = begun_at
        lines, releases = await asyncio.gather(self._catalog.lines(), self._catalog.releases())
        if not lines and self._check_not_lost is not None:
            await self._check_not_lost()
        self._snapshot = Snapshot(
            {line.id: line for line in lines}, {each.version: each for each in releases}, now
        )
        self._number, self._read_at = number, begun_at


def _retrieve_exception(task: "asyncio.Task[None]") -> None:
    """Let a background refresh fail silently. The next reader finds the snapshot too old."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()
