"""Check that the router's task hub and its catalog are its own.

Two routers on one hub run each other's orchestrations, each against its own catalog and lines, and
two on one catalog run each line twice. So both carry a mark of the application and of the function
app that the router runs in. Its instances and slots have one name.
"""

import asyncio
import logging

from router import unexpected
from router.domain.errors import Unavailable, Unreadable
from router.ports import Catalog, Monotonic, Orchestrations

_FIRST_SECONDS = 10.0  # then the marks of two routers that began together are settled
_SECONDS = 300.0
_PATIENCE = 5.0
_RETRY_SECONDS = 60
_log = logging.getLogger("router.ownership")


class Ownership:
    """Reads both marks when a process serves first, and now and then in the background.

    Each is left where there is none.
    """

    def __init__(self, catalog: Catalog, mark: str, monotonic: Monotonic) -> None:
        self._catalog = catalog
        self._mark = mark
        self._monotonic = monotonic
        self._problem: Unavailable | None = None
        self._checked_at: float | None = None
        self._looks = 0
        self._look: asyncio.Task[None] | None = None

    async def check(self, orchestrations: Orchestrations) -> None:
        """Raise Unavailable (503 hub-taken, catalog-taken) if either is another router's."""
        if self._is_due():
            look = self._begin(orchestrations)
            if self._checked_at is None or self._problem is not None:
                await self._wait(look)
        if self._problem is not None:
            raise self._problem

    def _is_due(self) -> bool:
        if self._checked_at is None:
            return True
        seconds = _FIRST_SECONDS if self._looks == 1 or self._problem else _SECONDS
        return self._monotonic() - self._checked_at >= seconds

    def _begin(self, orchestrations: Orchestrations) -> "asyncio.Task[None]":
        """Return the look that is in progress, or begin one."""
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._read(orchestrations))
            self._look.add_done_callback(_log_failure)
        return self._look

    async def _wait(self, look: "asyncio.Task[None]") -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await asyncio.shield(look)
        except TimeoutError as error:
            detail = (
                "It is unknown whether the router's task hub and catalog are its own, because they "
                "could not be read. Nothing was done. Retry shortly."
            )
            raise Unavailable("store-unavailable", detail) from error

    async def _read(self, orchestrations: Orchestrations) -> None:
        hub, catalog = await asyncio.gather(
            orchestrations.mark(self._mark), self._catalog.mark(self._mark)
        )
        self._problem = judged(self._mark, hub, catalog)
        if self._problem is not None:
            _log.error("%s", self._problem.detail)
        self._checked_at = self._monotonic()
        self._looks += 1


def judged(mark: str, hub: str, catalog: str) -> Unavailable | None:
    """Return the problem of a router with this mark, if hub or catalog have another one."""
    if hub != mark:
        return Unavailable("hub-taken", _detail("task hub", hub, mark), retry_after=_RETRY_SECONDS)
    if catalog != mark:
        detail = _detail("catalog", catalog, mark)
        return Unavailable("catalog-taken", detail, retry_after=_RETRY_SECONDS)
    return None


def _detail(what: str, found: str, mark: str) -> str:
    return (
        f"The router's {what} belongs to another router, that of {found}. This is the router of "
        f"{mark}. Nothing was done. See 'Several routers' in docs/operations.md."
    )


def mark_of(app: str, site: str) -> str:
    """Return the mark of an application's router in a function app, whose names ignore case."""
    return f"{app} in the function app {site.lower()}"


def _log_failure(look: "asyncio.Task[None]") -> None:
    """Log why a look failed. Whoever waits for it gets the error as well."""
    error = None if look.cancelled() else look.exception()
    if isinstance(error, (Unavailable, Unreadable)):
        _log.warning("the marks of hub and catalog could not be read: %s", error)
    elif isinstance(error, Exception):
        unexpected.log("reading the marks of hub and catalog", error)
