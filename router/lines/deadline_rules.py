"""Work that does not end: when a draining line's deadline has come, and what is due then.

Off unless asked for. First people are told; then no new starts are taken and what is unfinished is
ended, again and again while something is left. Knows nothing of how an instance is ended.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from router.domain.line_states import LineState
from router.domain.model import Line, Verdict


@dataclass(frozen=True, slots=True)
class DeadlinePolicy:
    """How long a line may drain, from the beginning of its draining; None: for ever.

    `again`: after how long the end of an instance that was ordered has surely been seen.
    """

    warn_after: timedelta | None = None
    end_after: timedelta | None = None
    again: timedelta = timedelta(minutes=5)


class Due(Enum):
    """What is to be done about a line that drains for too long."""

    NOTHING = auto()
    WARNING = auto()
    TERMINATION = auto()


def due(line: Line, policy: DeadlinePolicy, now: datetime) -> Due:
    """What the deadlines ask for now. A line whose work is done is in no one's way."""
    done = line.drain is not None and line.drain.verdict is Verdict.DRAINED
    if line.state is not LineState.DRAINING or done:
        return Due.NOTHING
    drains_for = now - line.since
    last = line.terminated_at
    if policy.end_after is not None and drains_for >= policy.end_after:
        return Due.TERMINATION if last is None or now - last >= policy.again else Due.NOTHING
    if policy.warn_after is not None and drains_for >= policy.warn_after:
        return Due.WARNING if line.warned_at is None else Due.NOTHING
    return Due.NOTHING


def warned(line: Line, now: datetime) -> Line:
    """People have been told."""
    return replace(line, warned_at=now)


def terminated(line: Line, now: datetime) -> Line:
    """The line takes no new starts, and its unfinished work is being ended."""
    return replace(line, closed=True, terminated_at=now)
