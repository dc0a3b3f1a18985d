"""Capacity: how many lines may have a function app at once, and which drained line is evicted.

A limit is either the team's own number of lines or a quota of Azure, which a line that could not
be provisioned records. While capacity is short, the line that has been drained longest is evicted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from router.domain.errors import Unavailable
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind, Verdict
from router.domain.timestamps import human_readable

_WITHOUT_APP = (LineState.REGISTERED, LineState.RETIRED)


@dataclass(frozen=True, slots=True)
class CapacityPolicy:
    """The number of lines that may have an app at once, and how long drained lines are kept.

    `limit`: 0 for any number. `keep_lines`: how many draining lines are kept, the highest first.
    `keep_for`: the least time for which a drained line is kept.
    """

    limit: int = 0
    keep_lines: int = 0
    keep_for: timedelta = timedelta()


def capacity_shortage(line: Line, lines: Iterable[Line], limit: int) -> str | None:
    """Return why the line may not have an app now, or None when it may.

    Among lines that are being provisioned, those that began first have priority.
    """
    provisioning = _is_provisioning(line)
    if line.state not in _WITHOUT_APP and not provisioning:
        return None
    others = [each for each in lines if each.id != line.id and each.state not in _WITHOUT_APP]
    if provisioning:
        begun = (line.since, line.id)
        others = [
            each for each in others if not _is_provisioning(each) or (each.since, each.id) < begun
        ]
    if limit and len(others) >= limit:
        return f"the limit of {limit} lines is reached (ROUTER_MAX_LINES)"
    return None


def require_capacity(line: Line, lines: Iterable[Line], limit: int, retry_after: float) -> None:
    """Raise Unavailable 429 limit-reached if there is no capacity for a line that needs some.

    The problem lists every line that uses capacity, and why.
    """
    if line.state not in _WITHOUT_APP and line.waiting_for_capacity is None:
        return
    known = list(lines)
    shortage = capacity_shortage(line, known, limit) or _azure_shortage(known)
    if shortage is None:
        return
    users = [_describe(each) for each in _using_capacity(known) if each.id != line.id]
    used_by = "; ".join(f"{each['line']} {each['state']}: {each['why']}" for each in users)
    raise Unavailable(
        "limit-reached",
        f"Line {line.id} cannot have a function app: {shortage}. Nothing was started. Capacity is "
        f"used by {used_by or 'resources outside this router'}. Wait until a line is drained and "
        "retired, or raise the limit.",
        status=429,
        retry_after=max(1, round(retry_after)),
        limit=limit or None,
        line=str(line.id),
        lines=users,
    )


def reason_kept(
    line: Line, lines: Iterable[Line], policy: CapacityPolicy, now: datetime
) -> str | None:
    """Return why a drained line is not retired yet, or None when it may be retired."""
    known = list(lines)
    if _is_evicted(line, known, policy.limit):
        return None
    draining = sorted((each.id for each in known if each.state is LineState.DRAINING), reverse=True)
    if line.id in draining[: policy.keep_lines]:
        return f"it is one of the last {policy.keep_lines} draining lines (ROUTER_KEEP_LINES)"
    until = _drained_since(line) + policy.keep_for
    if now < until:
        return f"it is kept until {human_readable(until)} (ROUTER_KEEP_SECONDS)"
    return None


def _is_evicted(line: Line, lines: list[Line], limit: int) -> bool:
    """Return whether capacity is short, none is about to be released, and this line is next."""
    using = _using_capacity(lines)
    if any(_is_being_retired(each) and not _is_stuck(each) for each in using):
        return False
    at_limit = limit and len(using) >= limit
    if not at_limit and _azure_shortage(lines) is None:
        return False
    drained = [each for each in lines if _is_drained(each)]
    longest = min(
        drained, key=lambda each: (_is_stuck(each), _drained_since(each), each.id), default=None
    )
    return longest is not None and longest.id == line.id


def _using_capacity(lines: Iterable[Line]) -> list[Line]:
    return [
        each
        for each in lines
        if each.state not in _WITHOUT_APP and each.waiting_for_capacity is None
    ]


def _is_provisioning(line: Line) -> bool:
    return line.state is LineState.PROVISIONING


def _is_being_retired(line: Line) -> bool:
    return line.state is LineState.RETIRING or line.operation_kind is OperationKind.RETIRE


def _is_stuck(line: Line) -> bool:
    """Return True if the line's retirement has failed more than once, so others must not wait."""
    failures = line.failures
    return failures is not None and failures.kind == OperationKind.RETIRE and failures.count > 1


def _is_drained(line: Line) -> bool:
    drained = line.drain is not None and line.drain.verdict is Verdict.DRAINED
    return line.state is LineState.DRAINING and line.operation is None and drained


def _drained_since(line: Line) -> datetime:
    return (line.drain.quiet_since if line.drain else None) or line.since


def _azure_shortage(lines: Iterable[Line]) -> str | None:
    reasons = (each.waiting_for_capacity for each in lines)
    return next((each for each in reasons if each is not None), None)


def _describe(line: Line) -> dict[str, Any]:
    """Return a line that uses capacity, as a member of a problem's body."""
    return {"line": str(line.id), "state": str(line.state), "why": _why_used(line)}


def _why_used(line: Line) -> str:
    if _is_drained(line):
        return f"drained since {human_readable(_drained_since(line))}, and kept"
    if line.state is LineState.DRAINING:
        blockers = line.drain.blockers if line.drain else ()
        return blockers[0].detail if blockers else "its work has not been checked yet"
    return {
        LineState.ACTIVE: "it serves starts",
        LineState.PROVISIONING: "it is being provisioned",
        LineState.RETIRING: "it is being retired, which releases its capacity",
        LineState.FAILED: f"it failed to start: {line.error}",
    }.get(line.state, "a newer router uses it")
