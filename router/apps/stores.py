"""Where the rows of each line's instances are, and the adapters that read them there.

A line has tables of its own, whose names begin with that of its task hub, or shares those of all
lines. It keeps what its hub was made with until its rows have been purged.
"""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from router.domain.errors import PlatformFailed
from router.domain.hub_settings import TrackingMode, account_of, prefix_of
from router.domain.instance_status import UNFINISHED
from router.domain.model import Line, Owner
from router.ports import Hub, Tracking
from router.settings import Settings

_ACCOUNT = (r"\bAccountName=(\w+)", r"\bTableEndpoint=https?://(\w+)")
_EARLIER_PREFIX = "Lines"  # of tables that all lines shared, whatever the app
_MOST_READS = 32  # at the same time


def store_of(line: Line, settings: Settings) -> str:
    """Return the account and the table prefix of the line's rows, or of those that it will have."""
    if line.hub is not None:
        return line.hub.store
    report = line.teardown_report
    if report is not None and report.purged_at is None:
        # A report without a store is older than the stores of the lines' own.
        return report.store or _store(settings, settings.tracking_prefix or _EARLIER_PREFIX)
    own = settings.tracking is TrackingMode.PER_LINE
    return _store(settings, line.task_hub if own else settings.shared_prefix)


def has_own(line: Line, settings: Settings) -> bool:
    """Return True if no other line's rows are in the line's tables."""
    return prefix_of(store_of(line, settings)).lower() == line.task_hub.lower()


def mismatch(line: Line, settings: Settings) -> str | None:
    """Return a description of the mismatch if the line's rows are not in the router's account."""
    actual, configured = store_of(line, settings), _account(settings)
    if account_of(actual) == configured:
        return None
    return f"its rows are in {actual}, but the router's tracking account is {configured!r}"


def require_account(line: Line, settings: Settings) -> None:
    """Raise PlatformFailed if the line's rows are not in the router's account."""
    if problem := mismatch(line, settings):
        raise PlatformFailed(
            f"Line {line.id} was not changed: {problem}. Restore ROUTER_TRACKING_STORAGE"
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The instance that an id names, and the store that it was found in."""

    owner: Owner
    tracking: Tracking


class Stores:
    """The stores of all lines."""

    def __init__(
        self,
        open_hub: Callable[[str], Hub],
        open_tracking: Callable[[str], Tracking],
        settings: Settings,
    ) -> None:
        """Both functions take the prefix of the tables."""
        self._open_hub = open_hub
        self._open_tracking = open_tracking
        self._settings = settings

    def hub(self, line: Line) -> Hub:
        """Return the adapter for the line's hub."""
        return self._open_hub(self._prefix(line))

    def tracking(self, line: Line) -> Tracking:
        """Return the adapter for the rows of the line's instances."""
        return self._open_tracking(self._prefix(line))

    def are_one(self, line: Line, other: Line) -> bool:
        """Return True if the two lines' rows are in the same tables."""
        return self._prefix(line).lower() == self._prefix(other).lower()

    async def find(self, lines: Iterable[Line], instance_id: str) -> Found | None:
        """Look for an instance in the stores of these lines at once. Raises Unreadable.

        Apps may have given several instances the same id: an unfinished one comes first, then the
        one that was created last.
        """
        prefixes = {self._prefix(line) for line in lines if _may_have_rows(line)}
        slots = asyncio.Semaphore(_MOST_READS)

        async def read(prefix: str) -> Found | None:
            tracking = self._open_tracking(prefix)
            async with slots:
                owner = await tracking.owner(instance_id)
            return None if owner is None else Found(owner, tracking)

        found = await asyncio.gather(*map(read, prefixes))
        return max((each for each in found if each is not None), key=_precedence, default=None)

    def _prefix(self, line: Line) -> str:
        return prefix_of(store_of(line, self._settings))


def _precedence(found: Found) -> tuple[bool, float]:
    owner = found.owner
    return owner.runtime_status in UNFINISHED, owner.created_at.timestamp()


def _may_have_rows(line: Line) -> bool:
    report = line.teardown_report
    return line.hub is not None or report is None or report.purged_at is None


def _store(settings: Settings, prefix: str) -> str:
    return f"{_account(settings)}/{prefix}"


def _account(settings: Settings) -> str:
    """Return the name of the tracking account, however it is opened."""
    account = settings.tracking_storage
    if "=" not in account:
        return account
    found = (re.search(pattern, account, re.ASCII) for pattern in _ACCOUNT)
    return next((each[1] for each in found if each), "")
