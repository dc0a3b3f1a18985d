"""The keys of the lines' apps, kept in memory and listed again after an app rejected one.

Listing counts against Azure's write limit, so concurrent callers share one request. Keys are
never logged, stored or shown.
"""

import asyncio
from dataclasses import dataclass

from router.domain.errors import PlatformBusy
from router.ports import AppKeys, Monotonic, Platform

_FRESH_SECONDS = 5.0
_LONGEST_PAUSE = 60.0  # seconds


@dataclass(frozen=True, slots=True, repr=False)
class _Listing:
    """A request to Azure, pending or answered."""

    answer: asyncio.Task[AppKeys]
    requested_at: float


class KeyRing:
    """Keys by function app."""

    def __init__(self, platform: Platform, monotonic: Monotonic) -> None:
        self._platform = platform
        self._monotonic = monotonic
        self._listings: dict[str, _Listing] = {}

    async def listed(self, app: str) -> AppKeys:
        """Return the app's keys. The Durable key is missing if its host has never started."""
        listing = self._listings.get(app) or self._list(app)
        # A caller that is cancelled must not cancel the request of the others.
        return await asyncio.shield(listing.answer)

    async def durable(self, app: str) -> str:
        """Return the key of Durable's management API, or raise PlatformBusy while there is none."""
        key = (await self.listed(app)).durable
        if key is None:
            raise PlatformBusy(f"The host of {app} has not created its Durable key yet.")
        return key

    async def host(self, app: str) -> str:
        """Return the key that reads the status of the app's host."""
        return (await self.listed(app)).host

    def invalidate(self, app: str) -> None:
        """Forget the keys of an app that rejected one, unless they were listed just now."""
        listing = self._listings.get(app)
        if listing and self._monotonic() - listing.requested_at >= _FRESH_SECONDS:
            del self._listings[app]

    def _list(self, app: str) -> _Listing:
        answer = asyncio.create_task(self._platform.app_keys(app))
        listing = self._listings[app] = _Listing(answer, self._monotonic())
        answer.add_done_callback(lambda done: self._listed(app, done))
        return listing

    def _listed(self, app: str, done: asyncio.Task[AppKeys]) -> None:
        """Keep complete keys. Drop an incomplete or failed answer, so that the next caller lists
        the keys again, but not before Azure allows a retry."""
        error = None if done.cancelled() else done.exception()
        if isinstance(error, PlatformBusy) and error.retry_after:
            pause = min(error.retry_after, _LONGEST_PAUSE)
            done.get_loop().call_later(pause, self._drop, app, done)
        elif done.cancelled() or error or done.result().durable is None:
            self._drop(app, done)

    def _drop(self, app: str, answer: asyncio.Task[AppKeys]) -> None:
        listing = self._listings.get(app)
        if listing and listing.answer is answer:
            del self._listings[app]
