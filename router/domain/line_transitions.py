"""The changes of a line, each a pure step from one value to the next, along the table of states.

Every change of state goes through `moved`, which holds the table. Whether a change is due is
decided elsewhere; that nobody else made one meanwhile is the etag's business.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from semver import Version

from router.domain.line_states import LineState, may_become
from router.domain.model import Drain, Line, TeardownReport

_NO_DRAIN: dict[str, Any] = {
    "drain": None,
    "last_start_at": None,
    "closed": False,
    "warned_at": None,
    "terminated_at": None,
}
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
    return replace(
        active, host_name=host_name, waiting_for_capacity=None, teardown_report=None, **_NO_DRAIN
    )


def recorded(line: Line) -> Line:
    """What was being put in place is in place, and the operation has let go."""
    return replace(
        line,
        release=line.deploying or line.release,
        deploying=None,
        operation=None,
        operation_kind=None,
        error=None,
        needs_repair=False,
    )


def failed(line: Line, reason: str, now: datetime, *, needs_repair: bool = False) -> Line:
    """The operation that held the line failed for good.

    A line that was being provisioned is failed. Any other goes on as it is (the release in place
    serves, a retirement is taken up again); the one that did not come up is not tried again by a
    start. `broken`: the app was left without the release in place; a repair is due.
    """
    free = replace(
        line,
        failed_releases=without(line.failed_releases, line.deploying) + _known(line.deploying),
        deploying=None,
        operation=None,
        operation_kind=None,
        waiting_for_capacity=None,
        needs_repair=line.needs_repair or needs_repair,
        error=clipped(reason),
    )
    if line.state is not LineState.PROVISIONING:
        return free
    # Without an app there is no hub either: the next one is made with what is set then.
    return moved(replace(free, hub=line.hub if line.host_name else None), LineState.FAILED, now)


def waiting_for_capacity(line: Line, reason: str | None) -> Line:
    """Return the line with the limit that its operation waits for; None when it waits for none."""
    return replace(line, waiting_for_capacity=reason)


def without(releases: tuple[Version, ...], release: Version | None) -> tuple[Version, ...]:
    """The releases but this one."""
    return tuple(each for each in releases if each != release)


def _known(release: Version | None) -> tuple[Version, ...]:
    return () if release is None else (release,)


def drained_from(line: Line, now: datetime, *, closed: bool = False) -> Line:
    """The line lets its work finish. What was read of it before does not count.

    `closed`: it takes no new starts meanwhile.
    """
    return replace(moved(line, LineState.DRAINING, now), **_NO_DRAIN | {"closed": closed})


def undrained(line: Line, now: datetime) -> Line:
    """The line is back in service."""
    return replace(moved(line, LineState.ACTIVE, now), **_NO_DRAIN)


def judged(line: Line, drain: Drain) -> Line:
    """The latest judgement of the line's work."""
    return replace(line, drain=drain)


def fenced(line: Line, now: datetime) -> Line:
    """Deletion may begin: from here on starts are parked."""
    return moved(line, LineState.RETIRING, now)


def torn_down(line: Line, report: TeardownReport) -> Line:
    """What was there of the line has been looked for, and is gone."""
    return replace(line, teardown_report=report)


def retired(line: Line, now: datetime) -> Line:
    """App and hub are gone. `release` still says what was in place last."""
    gone = moved(line, LineState.RETIRED, now)
    return replace(
        gone,
        host_name=None,
        hub=None,
        deploying=None,
        operation=None,
        operation_kind=None,
        retirement=line.operation,
        **_NO_DRAIN,
    )


def purged(line: Line, now: datetime) -> Line:
    """What a retirement had left is gone as well; the operation has let go."""
    proof = line.teardown_report and replace(line.teardown_report, remains=(), purged_at=now)
    return replace(line, operation=None, operation_kind=None, teardown_report=proof)


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
