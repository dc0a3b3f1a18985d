"""Decide how often a line is checked.

A monitor pauses longer for a line that only waits for requests, unless it is the highest active
one: each tick costs some thirty requests to the storage of the router's hub. The monitor of the
highest line keeps the usual pace, and checks a line that has begun to drain in the meantime.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.version import LineId

_IDLE_TICKS = 5
_UNWATCHED = (LineState.REGISTERED, LineState.RETIRED)


def highest(lines: Iterable[Line]) -> LineId | None:
    """Return the line whose monitor sees to all others, None if no line is watched."""
    watched = (each for each in lines if each.state.is_known and each.state not in _UNWATCHED)
    return max((each.id for each in watched), default=None)


def pause(line: Line, lines: Iterable[Line], seconds: float) -> float:
    """Return the seconds until the next check of a line, given those of the usual pace."""
    is_idle = line.state is LineState.ACTIVE and line.operation is None and not line.needs_repair
    is_newest = all(each.id <= line.id for each in lines if each.state is LineState.ACTIVE)
    return seconds * _IDLE_TICKS if is_idle and not is_newest else seconds


def is_overdue(line: Line, seconds: float, now: datetime) -> bool:
    """Return True for a draining line whose own monitor pauses as it did before it drained."""
    if line.state is not LineState.DRAINING or line.operation is not None:
        return False
    if line.drain is None:
        looked_at = line.since
    elif line.drain.cursor is not None:
        return False  # a reading of many rows continues, and counts from its beginning
    else:
        looked_at = max(line.since, line.drain.checked_at)
    return now - looked_at > timedelta(seconds=2 * seconds)
