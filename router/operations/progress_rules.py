"""How far an operation is: which steps remain, and what each call of one leaves in its row."""

from dataclasses import replace
from datetime import datetime, timedelta

from router.domain.line_transitions import clipped
from router.domain.model import Line, Operation, OperationKind, Progress, Step
from router.operations.rules import steps, undo_steps

_FEWEST_CALLS = 20  # of a step before its time limit counts


def remaining(operation: Operation) -> tuple[str, ...]:
    """The names of the steps still to be done."""
    open_states = (Progress.PENDING, Progress.RUNNING)
    return tuple(step.name for step in operation.steps if step.state in open_states)


def is_done(operation: Operation, name: str) -> bool:
    """Whether the step has succeeded."""
    return _step(operation, name).state is Progress.SUCCEEDED


def has_failed(operation: Operation, name: str) -> bool:
    """Whether that is written down of the step."""
    return _step(operation, name).state is Progress.FAILED


def is_due(operation: Operation, name: str, line: Line) -> bool:
    """Whether a step that has not succeeded may be done; a late call of it may come at any time.

    Its operation runs, it has not failed, and its operation holds the line; the last step lets go
    of that before its own success is written down.
    """
    if operation.state is not Progress.RUNNING or has_failed(operation, name):
        return False
    return line.operation == operation.id or name == steps(operation.kind)[-1]


def step_started(operation: Operation, name: str, now: datetime) -> Operation:
    """The step runs. Begun again after a crash it keeps its first time; once done it stays so."""
    step = _step(operation, name)
    if step.state is Progress.SUCCEEDED:
        return operation
    begun = replace(step, state=Progress.RUNNING, started_at=step.started_at or now)
    return _with(operation, begun)


def step_waited(operation: Operation, name: str, detail: str, calls: int) -> Operation:
    """Return the operation with what the step waits for, after so many more calls of it."""
    step = _step(operation, name)
    changed = replace(step, detail=clipped(detail), calls=step.calls + calls)
    return _with(operation, changed)


def time_left(operation: Operation, name: str, limit: timedelta, now: datetime) -> timedelta | None:
    """Return how much of its time limit a waiting step has left, or None when it has to fail.

    A step fails once its time is over and it has been called often enough. On a machine that is
    starved or was stopped, the clock alone says nothing about Azure.
    """
    step = _step(operation, name)
    left = limit - (now - (step.started_at or now))
    if left >= timedelta():
        return left
    return timedelta() if step.calls < _FEWEST_CALLS else None


def differs(before: Operation, after: Operation, name: str) -> bool:
    """Return whether a step waits for something else than before."""
    return _step(before, name).detail != _step(after, name).detail


def step_held(operation: Operation, name: str, detail: str, now: datetime) -> Operation:
    """Return the operation with a step that waits for capacity: its time limit starts over."""
    held = replace(_step(operation, name), detail=clipped(detail), started_at=now, calls=0)
    return _with(operation, held)


def step_ended(operation: Operation, name: str, now: datetime, detail: str) -> Operation:
    """The step is done; with the last one the operation has succeeded. Saying so twice is once."""
    step = _step(operation, name)
    if step.state is Progress.SUCCEEDED:
        return operation
    done = replace(step, state=Progress.SUCCEEDED, ended_at=now, detail=clipped(detail))
    after = _with(operation, done)
    if remaining(after) or is_rolling_back(after):
        return after
    return replace(after, state=Progress.SUCCEEDED)


def rolling_back(operation: Operation, reason: str, now: datetime) -> Operation:
    """The running step failed for good: what was not begun is dropped, what puts back is added.

    The operation goes on with that, until `failed`.
    """
    begun = (
        _broken_off(step, reason, now)
        for step in operation.steps
        if step.state is not Progress.PENDING
    )
    undo = (Step(name) for name in undo_steps(operation.kind))
    return replace(operation, steps=(*begun, *undo), error=clipped(reason))


_MEND = (  # a release never changes: other bytes under the same version are refused
    "If the package is at fault, mend it and raise its patch; "
    "if not, mend the cause and deploy the same release again"
)


_WHAT_NEXT = {
    OperationKind.PROVISION: f"{_MEND}, or order revive.",
    OperationKind.PATCH: f"What was in place before is put back. {_MEND}.",
}


def with_advice(operation: Operation, reason: str) -> str:
    """Why an operation failed, and what is to be done about it."""
    told = _WHAT_NEXT.get(operation.kind, "It is tried again by itself.")
    return f"{reason.rstrip('.')}. {told}"


def is_rolling_back(operation: Operation) -> bool:
    """Whether a step has failed for good; what remains puts things back."""
    return operation.error is not None


def ended_at(operation: Operation) -> datetime:
    """When the last of what it did had ended; the same whenever it is asked of an ended one."""
    ends = (step.ended_at for step in operation.steps)
    return max((end for end in ends if end is not None), default=operation.begun_at)


def needs_repair(operation: Operation) -> bool:
    """Whether a failed operation leaves an app that may not hold the release in place."""
    if operation.state is not Progress.FAILED:
        return False
    wanted = undo_steps(operation.kind)
    undone = {step.name for step in operation.steps if step.state is Progress.SUCCEEDED}
    return operation.kind is OperationKind.REPAIR or not undone.issuperset(wanted)


def failed(operation: Operation, reason: str, now: datetime) -> Operation:
    """The operation has ended without success; so has the step that was running."""
    needs_repair = tuple(_broken_off(step, reason, now) for step in operation.steps)
    return replace(operation, state=Progress.FAILED, steps=needs_repair, error=clipped(reason))


def _broken_off(step: Step, reason: str, now: datetime) -> Step:
    if step.state is not Progress.RUNNING:
        return step
    return replace(step, state=Progress.FAILED, ended_at=now, detail=clipped(reason))


def _step(operation: Operation, name: str) -> Step:
    for step in operation.steps:
        if step.name == name:
            return step
    raise ValueError(f"operation {operation.id} has no step {name}")


def _with(operation: Operation, changed: Step) -> Operation:
    return replace(
        operation,
        steps=tuple(changed if step.name == changed.name else step for step in operation.steps),
    )
