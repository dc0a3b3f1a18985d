"""The changes of a line, each a pure step from one value to the next, along the table of states.

Every change of state goes through `moved`, which holds the table. Whether a change is due is
decided elsewhere; that nobody else made one meanwhile is the etag's business.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from router.core.model import Drain, Line
from router.core.states import LineState, may_become

_LONGEST_TEXT = 2_000  # characters; a row of the catalog has room for 32,000 in a column


class ImpossibleChange(ValueError):
    """The table of states has no such transition: a defect of the router, never of a caller."""


def moved(line: Line, state: LineState, now: datetime) -> Line:
    """The line in that state, or ImpossibleChange."""
    if not may_become(line.state, state):
        raise ImpossibleChange(f"line {line.id} cannot go from {line.state} to {state}")
    return replace(line, state=state, since=now)


def opened(line: Line, host_name: str, now: datetime) -> Line:
    """Provisioned and healthy: the line serves."""
    active = moved(recorded(line), LineState.ACTIVE, now)
    return replace(active, host_name=host_name, drain=None, last_start_at=None)


def recorded(line: Line) -> Line:
    """What was being put in place is in place, and the operation has let go."""
    return replace(
        line, release=line.deploying or line.release, deploying=None, operation=None, error=None
    )


def failed(line: Line, reason: str, now: datetime) -> Line:
    """The operation that held the line failed for good.

    A line that was being provisioned is failed. Any other goes on as it is (the release in place
    serves, a retirement is taken up again); the one that did not come up is not tried again by a
    start.
    """
    free = replace(
        line,
        rejected=line.deploying or line.rejected,
        deploying=None,
        operation=None,
        error=clipped(reason),
    )
    if line.state is LineState.PROVISIONING:
        return moved(free, LineState.FAILED, now)
    return free


def drained_from(line: Line, now: datetime) -> Line:
    """The line lets its work finish. What was read of it before does not count."""
    return replace(moved(line, LineState.DRAINING, now), drain=None, last_start_at=None)


def judged(line: Line, drain: Drain) -> Line:
    """The latest judgement of the line's work."""
    return replace(line, drain=drain)


def fenced(line: Line, now: datetime) -> Line:
    """Deletion may begin: from here on starts are parked."""
    return moved(line, LineState.RETIRING, now)


def retired(line: Line, now: datetime) -> Line:
    """App and hub are gone. `release` still says what was in place last."""
    gone = moved(line, LineState.RETIRED, now)
    return replace(
        gone, host_name=None, deploying=None, operation=None, drain=None, last_start_at=None
    )


def superseded(lines: Iterable[Line], opened_line: Line) -> tuple[Line, ...]:
    """The active lines below the highest active one, once this one is open; lowest first.

    An old line that was brought back while a higher one is active is among them itself.
    """
    all_lines = {line.id: line for line in lines} | {opened_line.id: opened_line}
    active = sorted(key for key, line in all_lines.items() if line.state is LineState.ACTIVE)
    return tuple(all_lines[key] for key in active[:-1])


def clipped(text: str) -> str:
    """Text of others, cut to what a row can hold."""
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
