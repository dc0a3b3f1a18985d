"""Decide when the router tries again what has failed.

It waits longer each time, so that a refusal that lasts costs little and does not push everything
else out of a line's events. An operator's order is tried at once.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

_GROWTH, _LONGEST = 2, 60  # of the pause, and in intervals of the monitor


@dataclass(frozen=True, slots=True)
class Failures:
    """The failures in a row of one kind of operation, which are tried again automatically."""

    kind: str
    count: int
    at: datetime  # of the last one
    reason: str  # of the last one
    since: datetime  # of the first one with that reason

    @property
    def is_news(self) -> bool:
        """Return True if the last failure had another reason than the one before."""
        return self.at == self.since


def after(known: Failures | None, kind: str, reason: str, now: datetime) -> Failures:
    """Return the failures, one of this kind included that has just happened."""
    if known is None or known.kind != kind:
        return Failures(kind, 1, now, reason, now)
    since = known.since if known.reason == reason else now
    return replace(known, count=known.count + 1, at=now, reason=reason, since=since)


def due_at(failures: Failures, interval: timedelta) -> datetime:
    """Return when to try again: at once after the first failure, and then ever later."""
    if failures.count == 1:
        return failures.at
    intervals: int = _GROWTH ** min(failures.count - 2, _LONGEST)
    return failures.at + interval * min(intervals, _LONGEST)


def may_retry(known: Failures | None, kind: str, interval: timedelta, now: datetime) -> bool:
    """Return True unless an operation of this kind has failed and is not to be tried again yet."""
    return known is None or known.kind != kind or now >= due_at(known, interval)
