"""Operations: the steps of each kind, what may begin one, and how its progress is written down.

The name of a step is the name of the activity that does it, and part of the router's contract:
operations in flight outlive an upgrade. Knows nothing of how a step is done. What an operation
does to its line in the end is in life.py.
"""

from dataclasses import replace
from datetime import datetime

from semver import Version

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.line_transitions import moved, without
from router.domain.model import Line, Operation, OperationKind, Step
from router.domain.version import LineId

_STEPS: dict[OperationKind, tuple[str, ...]] = {
    OperationKind.PROVISION: (
        "create_plan",
        "create_function_app",
        "deploy_package",
        "await_deployment",
        "await_health",
        "open_line",
    ),
    OperationKind.PATCH: (
        "deploy_package",
        "await_deployment",
        "await_health",
        "record_release",
    ),
    OperationKind.REPAIR: (
        "create_plan",
        "create_function_app",
        "deploy_package",
        "await_deployment",
        "await_health",
        "record_release",
    ),
    OperationKind.RETIRE: (
        "fence",
        "delete_function_app",
        "delete_plan",
        "delete_task_hub",
        "verify_teardown",
        "finish_retirement",
    ),
    OperationKind.CLEAN_UP: (
        "delete_rows",
        "delete_large_messages",
        "delete_claims",
        "finish_cleanup",
    ),
}


_UNDO: dict[OperationKind, tuple[str, ...]] = {  # a failed patch puts back what was in place
    OperationKind.PATCH: ("restore_package", "await_restored", "await_restored_health"),
}


_BEGINS_IN: dict[OperationKind, frozenset[LineState]] = {
    OperationKind.PROVISION: frozenset({LineState.REGISTERED, LineState.RETIRED, LineState.FAILED}),
    OperationKind.PATCH: frozenset({LineState.ACTIVE, LineState.DRAINING}),
    OperationKind.REPAIR: frozenset({LineState.ACTIVE, LineState.DRAINING}),
    OperationKind.RETIRE: frozenset({LineState.DRAINING, LineState.RETIRING, LineState.FAILED}),
    OperationKind.CLEAN_UP: frozenset({LineState.RETIRED}),
}


def steps(kind: OperationKind) -> tuple[str, ...]:
    """The names of the steps, in order."""
    return _STEPS[kind]


def undo_steps(kind: OperationKind) -> tuple[str, ...]:
    """The names of the steps that put things back when one of `steps` failed for good."""
    return _UNDO.get(kind, ())


def begin(
    line: Line, kind: OperationKind, release: Version | None, now: datetime
) -> tuple[Line, Operation]:
    """The line held by a new operation, and that operation; the line's row is to be stored first.

    `release`: what is put in place; None for a repair, which puts back what was, and for a
    retirement, which `life.fenced` moves on when nothing has come between. Refusal 409
    operation-running or wrong-state; wrong-state also for less than what is, or was, in place.
    """
    _must_be_free(line)
    _must_be_in(line, kind)
    _must_be_newer(line, kind, release)
    number = line.operations + 1
    held = replace(
        line,
        operation=operation_id(kind, line.id, number),
        operation_kind=kind,
        operations=number,
        deploying=release,
        failed_releases=without(line.failed_releases, release),
        error=None,
    )
    if kind is OperationKind.PROVISION:
        held = moved(held, LineState.PROVISIONING, now)
    return held, _new(held, kind, now)


def operation_id(kind: OperationKind, line: LineId, number: int) -> str:
    """Such as provision-1-0-1; also the id of the orchestration that runs it."""
    return f"{kind}-{line.dashed}-{number}"


def operation_running(line: Line) -> Refusal:
    """An operation holds the line, and what is asked has to wait for its end."""
    detail = f"{line.operation} holds line {line.id}. Wait for its end, then ask again."
    return Refusal(409, "operation-running", detail, operation=line.operation)


def held_by(line: Line, begun_at: datetime | None = None) -> Operation:
    """The operation that the line's row tells of, anew, should its own row not have been written.

    ValueError when no operation holds the line.
    """
    kind = line.operation_kind
    if line.operation is None or kind is None:
        raise ValueError(f"no operation holds line {line.id}")
    return _new(line, kind, begun_at or line.since)


def _new(line: Line, kind: OperationKind, now: datetime) -> Operation:
    planned = tuple(Step(name) for name in steps(kind))
    return Operation(str(line.operation), kind, line.id, line.deploying, now, steps=planned)


def _must_be_free(line: Line) -> None:
    if line.operation is not None:
        raise operation_running(line)


def _must_be_in(line: Line, kind: OperationKind) -> None:
    if line.state not in _BEGINS_IN[kind]:
        allowed = " or ".join(sorted(_BEGINS_IN[kind]))
        detail = f"Line {line.id} is {line.state}; to {kind} it, it must be {allowed}."
        raise Refusal(409, "wrong-state", detail, state=str(line.state))


def _must_be_newer(line: Line, kind: OperationKind, release: Version | None) -> None:
    """What is put in place is ordered by a picture of the line that may be old by now."""
    if release is None or line.release is None:
        return
    if kind is OperationKind.PATCH and release <= line.release:
        detail = f"Line {line.id} serves {line.release} already; {release} is not newer."
    elif release < line.release:
        detail = f"Line {line.id} has run {line.release}; {release} is older than its hub."
    else:
        return
    raise Refusal(409, "wrong-state", detail, state=str(line.state))
