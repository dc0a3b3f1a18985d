"""Places: how many lines may have an app at once, who holds one, and who is to give one up.

A limit is the team's own (a number of lines) or Azure's (a line that could not be provisioned says
so). While there is no place, a line that is kept although it is drained gives way, the one that
has been drained longest first. Knows nothing of Azure's errors and of settings' names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from router.domain.errors import Unavailable
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind, Verdict
from router.domain.timestamps import human_readable

_HOLDING = frozenset(LineState) - {LineState.REGISTERED, LineState.RETIRED}


@dataclass(frozen=True, slots=True)
class CapacityPolicy:
    """`limit`: lines with an app at once, 0 for any number. `keep_lines`: how many draining lines
    are kept, the highest first. `keep_for`: how long a drained one is kept at least."""

    limit: int = 0
    keep_lines: int = 0
    keep_for: timedelta = timedelta()


def capacity_shortage(line: Line, lines: Iterable[Line], limit: int) -> str | None:
    """Why the line may not have an app just now, in words; None when it may.

    Of lines that are being provisioned at once, those that began first go first.
    """
    others = [each for each in lines if each.id != line.id and each.state in _HOLDING]
    if line.state in _HOLDING and not _waits(line):
        return None
    if _waits(line):
        begun = (line.since, line.id)
        others = [each for each in others if not _waits(each) or (each.since, each.id) < begun]
    if limit and len(others) >= limit:
        return f"the limit of {limit} lines is reached (ROUTER_MAX_LINES)"
    return None


def require_capacity(line: Line, lines: Iterable[Line], limit: int, retry_after: float) -> None:
    """Unavailable 429 limit-reached, with every line that holds a place and why, if there is no
    place for a line that has none yet."""
    if line.state in _HOLDING and line.waiting_for_capacity is None:
        return
    known = list(lines)
    why = capacity_shortage(line, known, limit) or _azures_limit(known)
    if why is None:
        return
    holders = [_told(each) for each in _held(known) if each.id != line.id]
    told = "; ".join(f"{each['line']} {each['state']}: {each['why']}" for each in holders)
    raise Unavailable(
        "limit-reached",
        f"Line {line.id} cannot have a function app: {why}. Nothing was started. Places are held "
        f"by {told or 'others than this router'}. Let one drain and retire, or raise the limit.",
        status=429,
        retry_after=max(1, round(retry_after)),
        limit=limit or None,
        line=str(line.id),
        lines=holders,
    )


def reason_kept(
    line: Line, lines: Iterable[Line], policy: CapacityPolicy, now: datetime
) -> str | None:
    """Why the line is not retired although it is drained, in words; None when its time is come."""
    known = list(lines)
    if _gives_way(line, known, policy.limit):
        return None
    draining = sorted((each.id for each in known if each.state is LineState.DRAINING), reverse=True)
    if line.id in draining[: policy.keep_lines]:
        return f"it is one of the last {policy.keep_lines} draining lines (ROUTER_KEEP_LINES)"
    until = _drained_since(line) + policy.keep_for
    if now < until:
        return f"it is kept until {human_readable(until)} (ROUTER_KEEP_SECONDS)"
    return None


def _gives_way(line: Line, lines: list[Line], limit: int) -> bool:
    """Whether a place is wanted, none is about to be free, and this line is the next to go."""
    held = _held(lines)
    if any(_leaves(each) for each in held):
        return False
    if not (limit and len(held) >= limit) and _azures_limit(lines) is None:
        return False
    drained = [each for each in lines if _is_drained(each)]
    longest = min(drained, key=lambda each: (_drained_since(each), each.id), default=None)
    return longest is not None and longest.id == line.id


def _held(lines: Iterable[Line]) -> list[Line]:
    return [each for each in lines if each.state in _HOLDING and each.waiting_for_capacity is None]


def _waits(line: Line) -> bool:
    return line.state is LineState.PROVISIONING


def _leaves(line: Line) -> bool:
    return line.state is LineState.RETIRING or line.operation_kind is OperationKind.RETIRE


def _is_drained(line: Line) -> bool:
    drain = line.drain
    drained = drain is not None and drain.verdict is Verdict.DRAINED
    return line.state is LineState.DRAINING and line.operation is None and drained


def _drained_since(line: Line) -> datetime:
    return (line.drain.quiet_since if line.drain else None) or line.since


def _azures_limit(lines: Iterable[Line]) -> str | None:
    return next(
        (each.waiting_for_capacity for each in lines if each.waiting_for_capacity is not None), None
    )


def _told(line: Line) -> dict[str, Any]:
    """A line that holds a place, for a problem's body."""
    return {"line": str(line.id), "state": str(line.state), "why": _why_held(line)}


def _why_held(line: Line) -> str:
    why = line.drain.blockers[:1] if line.drain else ()
    if line.state is LineState.DRAINING and _is_drained(line):
        return f"drained since {human_readable(_drained_since(line))}, and kept"
    if line.state is LineState.DRAINING:
        return why[0].detail if why else "its work has not been looked at yet"
    return {
        LineState.ACTIVE: "it serves starts",
        LineState.PROVISIONING: "it is being brought up",
        LineState.RETIRING: "it is being retired; its place will be free",
    }.get(line.state, f"it did not come up: {line.error}")
