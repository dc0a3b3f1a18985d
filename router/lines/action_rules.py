"""Decide line actions from a line's row alone. Repeating an action is not an error."""

from dataclasses import replace
from datetime import datetime

from router.domain import line_transitions
from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind


def drained(line: Line, now: datetime, *, closed: bool | None) -> Line:
    """Return the line, draining.

    `closed`: whether it takes no new starts; None leaves that as it is.
    """
    if line.state is LineState.DRAINING:
        return line if closed is None else replace(line, closed=closed)
    if line.state is LineState.ACTIVE:
        return line_transitions.draining(line, now, closed=bool(closed))
    raise _wrong_state(line, "drain", "only an active line can")


def undrained(line: Line, now: datetime) -> Line:
    """Return the line, back in service."""
    if line.state is LineState.ACTIVE:
        return line
    if line.state is LineState.DRAINING:
        return line_transitions.undrained(line, now)
    raise _wrong_state(line, "undrain", "only a draining line can. Revive a retired one")


def has_failed(line: Line, kind: OperationKind) -> bool:
    """Return True if an operation of this kind has failed and is to be tried again."""
    return line.operation is None and line.failures is not None and line.failures.kind == kind


def requested(what: str, reason: str | None) -> str:
    """Return the event of an order, with the reason that the operator gave."""
    return f"{what}: requested by an operator" + (f", because: {reason}" if reason else "")


def _wrong_state(line: Line, action: str, advice: str) -> Refusal:
    detail = f"Line {line.id} is {line.state}; cannot {action} it: {advice}."
    return Refusal(409, "wrong-state", detail, state=str(line.state))
