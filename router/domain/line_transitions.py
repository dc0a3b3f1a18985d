"""The changes of a line, each a pure function from one value to the next.

Every change of state goes through `with_state`, which enforces the table of transitions.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from semver import Version

from router.domain import failures
from router.domain.line_states import LineState, may_become
from router.domain.model import Drain, Line, OperationKind, TeardownReport

_NO_DRAIN: dict[str, Any] = {
    "drain": None,
    "last_start_at": None,
    "closed": False,
    "warned_at": None,
    "terminated_at": None,
    "found_empty_at": None,
    "app_stopped_at": None,
}
_NO_OPERATION: dict[str, Any] = {"deploying": None, "operation": None, "operation_kind": None}
_RETRIED = (
    OperationKind.REPAIR,
    OperationKind.REFRESH,
    OperationKind.RETIRE,
    OperationKind.CLEAN_UP,
)
_MAX_TEXT = 2_000  # characters; a column of the catalog has room for 32,000


class InvalidTransition(ValueError):
    """The table has no such transition, so the router has a bug."""


def with_state(line: Line, state: LineState, now: datetime) -> Line:
    """Return the line in that state, or raise InvalidTransition."""
    if not may_become(line.state, state):
        raise InvalidTransition(f"line {line.id} cannot go from {line.state} to {state}")
    return replace(line, state=state, since=now)


def opened(line: Line, host_name: str, now: datetime) -> Line:
    """Return the line as active, once it is provisioned and healthy."""
    active = with_state(deployed(line), LineState.ACTIVE, now)
    return replace(
        active, host_name=host_name, waiting_for_capacity=None, teardown_report=None, **_NO_DRAIN
    )


def deployed(line: Line) -> Line:
    """Return the line with the release that was being deployed, free for the next operation."""
    return replace(
        line,
        release=line.deploying or line.release,
        error=None,
        failures=None,
        needs_repair=False,
        **_NO_OPERATION,
    )


def failed(line: Line, reason: str, now: datetime, *, needs_repair: bool = False) -> Line:
    """Return the line after its operation has failed permanently.

    Only a line that was being provisioned becomes FAILED. Any other keeps its state: its release
    still serves, or its retirement is resumed. Starts do not deploy the failed release again.
    `needs_repair`: the app may not hold the line's release any more.
    """
    known = () if line.deploying is None else (line.deploying,)
    kind, in_a_row = line.operation_kind, line.failures
    if kind in _RETRIED:
        in_a_row = failures.after(in_a_row, kind, clipped(reason), now)
    free = replace(
        line,
        failed_releases=without(line.failed_releases, line.deploying) + known,
        waiting_for_capacity=None,
        needs_repair=line.needs_repair or needs_repair,
        error=clipped(reason),
        failures=in_a_row,
        **_NO_OPERATION,
    )
    if line.state is not LineState.PROVISIONING:
        return free
    # Without an app there is no hub: the next one is created with the settings of that time.
    hub = line.hub if line.host_name else None
    return with_state(replace(free, hub=hub), LineState.FAILED, now)


def waiting_for_capacity(line: Line, reason: str | None) -> Line:
    """Return the line with the limit that its operation waits for, or None if it waits for none."""
    return replace(line, waiting_for_capacity=reason)


def without(releases: tuple[Version, ...], release: Version | None) -> tuple[Version, ...]:
    """Return all releases but this one."""
    return tuple(each for each in releases if each != release)


def draining(line: Line, now: datetime, *, closed: bool = False) -> Line:
    """Return the line as draining, without earlier readings of its work.

    `closed`: it takes no new starts while it drains.
    """
    return replace(with_state(line, LineState.DRAINING, now), **_NO_DRAIN | {"closed": closed})


def undrained(line: Line, now: datetime) -> Line:
    """Return the line as active again."""
    return replace(with_state(line, LineState.ACTIVE, now), failures=None, **_NO_DRAIN)


def judged(line: Line, drain: Drain) -> Line:
    """Return the line with the latest verdict on its work."""
    return replace(line, drain=drain)


def fenced(line: Line, now: datetime) -> Line:
    """Return the line as retiring: starts are parked, so its app may be stopped.

    That of a line that had failed is not known to run a release.
    """
    unproven = line.needs_repair or line.state is LineState.FAILED
    return replace(with_state(line, LineState.RETIRING, now), needs_repair=unproven)


def app_seen(line: Line, now: datetime, *, stopped: bool) -> Line:
    """Return the line with since when its app has been stopped, if it is."""
    return replace(line, app_stopped_at=(line.app_stopped_at or now) if stopped else None)


def found_empty(line: Line, drain: Drain) -> Line:
    """Return the line without work after its app was stopped, so deletion may begin."""
    return replace(line, drain=drain, found_empty_at=drain.checked_at)


def reopened(line: Line, reason: str, now: datetime) -> Line:
    """Return a retiring line in which work was found, free and draining as before the fence.

    `reason`: why it is not deleted.
    """
    in_a_row = failures.after(line.failures, OperationKind.RETIRE, clipped(reason), now)
    free = replace(line, failures=in_a_row, **_NO_OPERATION)
    if line.release is None:
        return replace(with_state(free, LineState.FAILED, now), **_NO_DRAIN)
    return draining(free, now, closed=line.closed)


def torn_down(line: Line, report: TeardownReport) -> Line:
    """Return the line with the report that its resources were verified to be gone."""
    return replace(line, teardown_report=report)


def retired(line: Line, now: datetime) -> Line:
    """Return the line without app and hub. `release` still names what was deployed last."""
    changes: dict[str, Any] = _NO_DRAIN | _NO_OPERATION
    gone = with_state(line, LineState.RETIRED, now)
    gone = replace(gone, failures=None, applied=None, retirement=line.operation)
    return replace(gone, host_name=None, hub=None, **changes)


def purged(line: Line, now: datetime) -> Line:
    """Return the line after the remains of its retirement have been deleted."""
    report = line.teardown_report and replace(line.teardown_report, remains=(), purged_at=now)
    free = replace(line, operation=None, operation_kind=None, failures=None)
    return replace(free, teardown_report=report)


def superseded(lines: Iterable[Line], opened_line: Line) -> tuple[Line, ...]:
    """Return the active lines below the highest active one, lowest first.

    `opened_line` counts as it is given, so an old line that was revived may itself be superseded.
    """
    all_lines = {line.id: line for line in lines} | {opened_line.id: opened_line}
    active = sorted(key for key, line in all_lines.items() if line.state is LineState.ACTIVE)
    return tuple(all_lines[key] for key in active[:-1])


def clipped(text: str) -> str:
    """Return the text, cut to what a row can hold."""
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
