"""The keys of the lines' apps, kept in memory and listed again after an app rejected one.

Listing counts against Azure's write limit, so concurrent callers share one request. Keys are
never logged, stored or shown.
"""

import asyncio
from dataclasses import dataclass

from router.domain.errors import PlatformBusy
from router.ports import AppKeys, Monotonic, Platform

_FRESH_SECONDS = 5.0
_FIRST_PAUSE, _GROWTH, _LONGEST_PAUSE = 0.25, 1.2, 60.0  # seconds, between incomplete listings
_CREATION_SECONDS = 5.0  # within which a host that starts creates its Durable key
_REPEAT_SECONDS = 60.0


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
        self._incomplete: dict[str, int] = {}  # listings since the last complete one
        self._missed_at: dict[str, float] = {}  # since when the Durable key is missing
        self._set_at: dict[str, float] = {}

    async def listed(self, app: str) -> AppKeys:
        """Return the app's keys. The Durable key is missing if its host has never started."""
        listing = self._listings.get(app)
        if listing is None or self._is_void(app, listing):
            listing = self._list(app)
        # A caller that is cancelled must not cancel the request of the others.
        return await asyncio.shield(listing.answer)

    async def durable(self, app: str) -> str:
        """Return the key of Durable's management API, or raise PlatformBusy while there is none.

        The host creates it only when it starts, so one that was deleted is set here.
        """
        key = (await self.listed(app)).durable
        if key is not None:
            self._missed_at.pop(app, None)
            return key
        await self._replace(app)
        raise PlatformBusy(f"The host of {app} has not created its Durable key yet.")

    async def host(self, app: str) -> str:
        """Return the key that reads the status of the app's host."""
        return (await self.listed(app)).host

    def invalidate(self, app: str) -> None:
        """Forget the keys of an app that rejected one, unless they were listed just now."""
        listing = self._listings.get(app)
        if listing and self._monotonic() - listing.requested_at >= _FRESH_SECONDS:
            del self._listings[app]

    async def _replace(self, app: str) -> None:
        """Set the Durable key of an app that lacks it for longer than its host takes to start."""
        now = self._monotonic()
        missed_at = self._missed_at.setdefault(app, now)
        set_at = self._set_at.get(app)
        if now - missed_at < _CREATION_SECONDS or (
            set_at is not None and now - set_at < _REPEAT_SECONDS
        ):
            return
        self._set_at[app] = now
        await self._platform.set_durable_key(app)
        self._listings.pop(app, None)

    def _list(self, app: str) -> _Listing:
        answer = asyncio.create_task(self._platform.app_keys(app))
        listing = self._listings[app] = _Listing(answer, self._monotonic())
        answer.add_done_callback(lambda done: self._count(app, done))
        return listing

    def _count(self, app: str, done: asyncio.Task[AppKeys]) -> None:
        is_complete = not (done.cancelled() or done.exception()) and done.result().durable
        self._incomplete[app] = 0 if is_complete else self._incomplete.get(app, 0) + 1

    def _is_void(self, app: str, listing: _Listing) -> bool:
        """Return whether to list again: not what is complete, nor earlier than Azure allows."""
        done = listing.answer
        if not done.done():
            return False
        error = None if done.cancelled() else done.exception()
        if not (done.cancelled() or error) and done.result().durable is not None:
            return False
        asked = (error.retry_after or 0) if isinstance(error, PlatformBusy) else 0
        grown = _FIRST_PAUSE * _GROWTH ** min(self._incomplete.get(app, 1) - 1, 50)
        pause = min(max(asked, grown), _LONGEST_PAUSE)
        return self._monotonic() - listing.requested_at >= pause
