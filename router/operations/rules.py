"""The steps of each kind of operation, and the rules for beginning one.

The name of a step is the name of its activity. It is a contract, because operations in flight
outlive an upgrade of the router. `line_transitions` defines how an operation changes its line.
"""

from dataclasses import replace
from datetime import datetime

from semver import Version

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.line_transitions import with_state, without
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
    OperationKind.REFRESH: (
        "update_settings",
        "await_health",
        "record_release",
    ),
    OperationKind.RETIRE: (
        "fence",
        "stop_function_app",
        "check_again",
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


_UNDO: dict[OperationKind, tuple[str, ...]] = {
    OperationKind.PROVISION: ("stop_function_app",),  # what does not come up shall not run
    OperationKind.PATCH: ("restore_package", "await_restored", "await_restored_health"),
    OperationKind.RETIRE: ("start_function_app", "drain_again"),
}
# A retirement is undone until its deletions begin, after which it can only be completed.
_UNDONE_AFTER: dict[OperationKind, frozenset[str]] = {
    OperationKind.RETIRE: frozenset({"stop_function_app", "check_again"}),
}
_RELEASES_ITS_LINE = frozenset({*(steps[-1] for steps in _STEPS.values()), "drain_again"})


_BEGINS_IN: dict[OperationKind, frozenset[LineState]] = {
    OperationKind.PROVISION: frozenset({LineState.REGISTERED, LineState.RETIRED, LineState.FAILED}),
    OperationKind.PATCH: frozenset({LineState.ACTIVE, LineState.DRAINING}),
    OperationKind.REPAIR: frozenset({LineState.ACTIVE, LineState.DRAINING}),
    OperationKind.REFRESH: frozenset({LineState.ACTIVE, LineState.DRAINING}),
    OperationKind.RETIRE: frozenset({LineState.DRAINING, LineState.RETIRING, LineState.FAILED}),
    OperationKind.CLEAN_UP: frozenset({LineState.RETIRED}),
}


def steps(kind: OperationKind) -> tuple[str, ...]:
    """Return the names of the steps, in order."""
    return _STEPS[kind]


def undo_steps(kind: OperationKind, failed: str | None = None) -> tuple[str, ...]:
    """Return the names of the steps that roll back once the step `failed`, or any, has failed."""
    undone_after = _UNDONE_AFTER.get(kind)
    if failed is not None and undone_after is not None and failed not in undone_after:
        return ()
    return _UNDO.get(kind, ())


def releases_line(step: str) -> bool:
    """Return True for a step that releases its line before its own success is recorded."""
    return step in _RELEASES_ITS_LINE


def begin(
    line: Line, kind: OperationKind, release: Version | None, now: datetime
) -> tuple[Line, Operation]:
    """Return the line as a new operation holds it, and that operation.

    The line's row must be stored before the operation's.

    Args:
        line: The line as it is.
        kind: The kind of the operation.
        release: The release to deploy. None for a repair, which deploys the line's present one,
            and for a retirement.
        now: The time at which the operation begins.

    Raises:
        Refusal: 409 operation-running, or 409 wrong-state. The latter also when `release` is older
            than the release that the line has run, or not newer than the one to patch.
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
        held = with_state(held, LineState.PROVISIONING, now)
    return held, _new(held, kind, now)


def is_step(name: str) -> bool:
    """Return True if any kind of operation has a step of this name."""
    return any(name in (*steps(kind), *undo_steps(kind)) for kind in OperationKind)


def operation_id(kind: OperationKind, line: LineId, number: int) -> str:
    """Return the id of the operation and of its orchestration, such as provision-1-0-1."""
    return f"{kind}-{line.dashed}-{number}"


def operation_running(line: Line) -> Refusal:
    """Return the 409 for a request that has to wait until an operation releases the line."""
    detail = f"{line.operation} holds line {line.id}. Wait until it has ended, then retry."
    return Refusal(409, "operation-running", detail, operation=line.operation)


def held_by(line: Line) -> Operation:
    """Return the operation that holds the line as it was when it began.

    It is rebuilt from the line's row, in case a crash prevented the operation's row.
    Raises ValueError when no operation holds the line.
    """
    kind = line.operation_kind
    if line.operation is None or kind is None:
        raise ValueError(f"no operation holds line {line.id}")
    return _new(line, kind, line.since)


def _new(line: Line, kind: OperationKind, now: datetime) -> Operation:
    planned = tuple(Step(name) for name in steps(kind))
    return Operation(str(line.operation), kind, line.id, line.deploying, now, steps=planned)


def _must_be_free(line: Line) -> None:
    if line.operation is not None:
        raise operation_running(line)


def _must_be_in(line: Line, kind: OperationKind) -> None:
    if line.state not in _BEGINS_IN[kind]:
        allowed = " or ".join(sorted(_BEGINS_IN[kind]))
        detail = f"Line {line.id} is {line.state}. The {kind} operation needs it to be {allowed}."
        raise Refusal(409, "wrong-state", detail, state=str(line.state))


def _must_be_newer(line: Line, kind: OperationKind, release: Version | None) -> None:
    # The request may be based on a snapshot of the line that is out of date by now.
    if release is None or line.release is None:
        return
    if kind is OperationKind.PATCH and release <= line.release:
        detail = f"Line {line.id} already serves {line.release}, and {release} is not newer."
    elif release < line.release:
        detail = f"Line {line.id} has run {line.release}, and {release} is older."
    else:
        return
    raise Refusal(409, "wrong-state", detail, state=str(line.state))
