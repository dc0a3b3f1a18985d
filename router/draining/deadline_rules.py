"""Decide what is due when a line drains for too long. Deadlines are off by default.

First a warning is recorded. Later the line is closed to new starts and its unfinished work is
terminated, repeatedly while any is left.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from router.domain.line_states import LineState
from router.domain.model import Line, Verdict


@dataclass(frozen=True, slots=True)
class DeadlinePolicy:
    """The times after which a draining line is warned and terminated. None means never."""

    warn_after: timedelta | None = None
    terminate_after: timedelta | None = None
    repeat_after: timedelta = timedelta(minutes=5)  # by then a termination has taken effect


class Due(Enum):
    """The action due for a draining line."""

    NOTHING = auto()
    WARNING = auto()
    TERMINATION = auto()


def due(line: Line, policy: DeadlinePolicy, now: datetime) -> Due:
    """Return the action due now, which is none once the line's work is done."""
    done = line.drain is not None and line.drain.verdict is Verdict.DRAINED
    if line.state is not LineState.DRAINING or done:
        return Due.NOTHING
    drains_for = now - line.since
    last = line.terminated_at
    if policy.terminate_after is not None and drains_for >= policy.terminate_after:
        is_due = last is None or now - last >= policy.repeat_after
        return Due.TERMINATION if is_due else Due.NOTHING
    if policy.warn_after is not None and drains_for >= policy.warn_after:
        return Due.WARNING if line.warned_at is None else Due.NOTHING
    return Due.NOTHING


def warned(line: Line, now: datetime) -> Line:
    """Return the line after the warning."""
    return replace(line, warned_at=now)


def terminated(line: Line, now: datetime) -> Line:
    """Return the line closed to new starts, with its unfinished work being terminated."""
    return replace(line, closed=True, terminated_at=now)
