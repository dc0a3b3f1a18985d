"""The keys of the lines' apps: listed when first needed, kept in memory, listed anew when refused.

Listing counts against Azure's write limit, so many who ask at once are one question. Keys are
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
    """A question to Azure, under way or answered."""

    answer: asyncio.Task[AppKeys]
    asked_at: float


class KeyRing:
    """Keys by function app."""

    def __init__(self, platform: Platform, monotonic: Monotonic) -> None:
        self._platform = platform
        self._monotonic = monotonic
        self._listings: dict[str, _Listing] = {}

    async def listed(self, app: str) -> AppKeys:
        """Both keys; the Durable one may be missing, as on a host that could not start."""
        listing = self._listings.get(app) or self._list(app)
        # Whoever stops waiting must not take the answer from the others.
        return await asyncio.shield(listing.answer)

    async def durable(self, app: str) -> str:
        """The key of Durable's management API; PlatformBusy while the app has none."""
        key = (await self.listed(app)).durable
        if key is None:
            raise PlatformBusy(f"The host of {app} has not made its Durable key yet.")
        return key

    async def host(self, app: str) -> str:
        """The key that lets the host's status be read."""
        return (await self.listed(app)).host

    def invalidate(self, app: str) -> None:
        """The app refused its key. What was listed a moment ago is kept: listing is limited."""
        listing = self._listings.get(app)
        if listing and self._monotonic() - listing.asked_at >= _FRESH_SECONDS:
            del self._listings[app]

    def _list(self, app: str) -> _Listing:
        answer = asyncio.create_task(self._platform.app_keys(app))
        listing = self._listings[app] = _Listing(answer, self._monotonic())
        answer.add_done_callback(lambda done: self._listed(app, done))
        return listing

    def _listed(self, app: str, done: asyncio.Task[AppKeys]) -> None:
        """Keep an answer that will not get better by asking again; any other as long as Azure
        said not to ask."""
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
