"""The progress of an operation: which steps remain, and how each call of a step is recorded."""

from dataclasses import replace
from datetime import datetime, timedelta

from router.domain import stored_text
from router.domain.app_health import HealthWatch
from router.domain.line_transitions import clipped
from router.domain.model import Line, Operation, OperationKind, Progress, Step
from router.operations import rules

_FEWEST_CALLS = 20  # of a step before its time limit applies


def require_known(operation: Operation) -> None:
    """Raise Unavailable 503 newer-router for an operation, or a step, of a newer router."""
    steps = (step.name for step in operation.steps if not rules.is_step(step.name))
    stored_text.require_known(f"Operation {operation.id}", operation, *steps)


def remaining(operation: Operation) -> tuple[str, ...]:
    """Return the names of the remaining steps."""
    open_states = (Progress.PENDING, Progress.RUNNING)
    return tuple(step.name for step in operation.steps if step.state in open_states)


def is_done(operation: Operation, name: str) -> bool:
    """Return True if the step has succeeded."""
    return _step(operation, name).state is Progress.SUCCEEDED


def has_failed(operation: Operation, name: str) -> bool:
    """Return True if the step is recorded as failed."""
    return _step(operation, name).state is Progress.FAILED


def is_due(operation: Operation, name: str, line: Line) -> bool:
    """Return True if a step that has not succeeded may run, however late its call is delivered.

    Its operation has to run and to hold the line, and the step must not have failed. A step that
    releases the line does so before its own success is recorded.
    """
    if operation.state is not Progress.RUNNING or has_failed(operation, name):
        return False
    return line.operation == operation.id or rules.releases_line(name)


def step_started(operation: Operation, name: str, now: datetime) -> Operation:
    """Return the operation with the step running.

    A step that is called again keeps its first start time, and one that is done stays done.
    """
    step = _step(operation, name)
    if step.state is Progress.SUCCEEDED:
        return operation
    begun = replace(step, state=Progress.RUNNING, started_at=step.started_at or now)
    return _with(operation, begun)


def step_waited(
    operation: Operation, name: str, detail: str, calls: int, watch: HealthWatch | None = None
) -> Operation:
    """Return the operation with the reason for which a step waits, and so many more calls of it.

    `watch`: what the step remembers of its app's host, None for nothing new.
    """
    step = _step(operation, name)
    changed = replace(step, detail=clipped(detail), calls=step.calls + calls)
    changed = replace(changed, watch=watch or step.watch)
    return _with(operation, changed)


def time_left(operation: Operation, name: str, limit: timedelta, now: datetime) -> timedelta | None:
    """Return how much of its time limit a waiting step has left, or None when it has to fail.

    A step fails once its time is over and it has been called often enough. On a machine that is
    overloaded or was stopped, the clock alone proves nothing about Azure.
    """
    step = _step(operation, name)
    left = limit - (now - (step.started_at or now))
    if left >= timedelta():
        return left
    return timedelta() if step.calls < _FEWEST_CALLS else None


def differs(before: Operation, after: Operation, name: str) -> bool:
    """Return True if a step waits for another reason than before, or has more to remember."""
    known, found = _step(before, name), _step(after, name)
    return (known.detail, known.watch) != (found.detail, found.watch)


def step_advanced(
    operation: Operation, name: str, detail: str, now: datetime, cursor: str | None = None
) -> Operation:
    """Return the operation with a step that may take any time. Its time limit starts again."""
    held = replace(_step(operation, name), detail=clipped(detail), started_at=now, calls=0)
    return _with(operation, replace(held, cursor=cursor))


def step_ended(operation: Operation, name: str, now: datetime, detail: str) -> Operation:
    """Return the operation with the step done. With its last step the operation has succeeded."""
    step = _step(operation, name)
    if step.state is Progress.SUCCEEDED:
        return operation
    done = replace(step, state=Progress.SUCCEEDED, ended_at=now, detail=clipped(detail))
    after = _with(operation, done)
    if remaining(after) or is_rolling_back(after):
        return after
    return replace(after, state=Progress.SUCCEEDED)


def rolling_back(
    operation: Operation, reason: str, now: datetime, step: str | None = None
) -> Operation:
    """Return the operation with its running step failed and its rollback steps appended.

    Steps that have not begun are dropped. The operation keeps running until `failed`. `step`: the
    one that failed.
    """
    begun = (
        _failed_if_running(step, reason, now)
        for step in operation.steps
        if step.state is not Progress.PENDING
    )
    undo = (Step(name) for name in rules.undo_steps(operation.kind, step))
    return replace(operation, steps=(*begun, *undo), error=clipped(reason))


_FIX = (  # a release is immutable: other bytes under the same version are refused
    "If the package is at fault, fix it and register a new patch version. "
    "Otherwise fix the cause and deploy the same release again"
)


_ADVICE = {
    OperationKind.PROVISION: f"{_FIX}, or revive the line.",
    OperationKind.PATCH: f"The previous release is restored. {_FIX}.",
}


def with_advice(operation: Operation, reason: str) -> str:
    """Return why the operation failed, followed by advice on how to fix it."""
    advice = _ADVICE.get(operation.kind, "It is retried automatically.")
    return f"{reason.rstrip('.')}. {advice}"


def is_rolling_back(operation: Operation) -> bool:
    """Return True if a step has failed, so that the remaining ones roll back."""
    return operation.error is not None


def ended_at(operation: Operation) -> datetime:
    """Return when the last step ended, which stays the same once the operation has ended."""
    ends = (step.ended_at for step in operation.steps)
    return max((end for end in ends if end is not None), default=operation.begun_at)


def replacement(operation: Operation) -> tuple[datetime, datetime] | None:
    """Return when the operation began and ended to replace a release in place, if it did."""
    if operation.kind is not OperationKind.PATCH:
        return None
    begins = (step.started_at for step in operation.steps if step.name == "deploy_package")
    began = next(begins, None)
    return None if began is None else (began, max(began, ended_at(operation)))


def needs_repair(operation: Operation) -> bool:
    """Return True if a failed operation leaves an app that may not run the line's release."""
    if operation.state is not Progress.FAILED:
        return False
    done = {step.name for step in operation.steps if step.state is Progress.SUCCEEDED}
    is_rolled_back = done.issuperset(rules.undo_steps(operation.kind))
    is_half_patched = operation.kind is OperationKind.PATCH and not is_rolled_back
    return operation.kind is OperationKind.REPAIR or is_half_patched


def is_news(operation: Operation, line: Line) -> bool:
    """Return True if an operation failed otherwise than the one of its kind before it.

    `line`: its line, with that failure counted.
    """
    known = line.failures
    return known is None or known.kind != operation.kind or known.is_news


def failed(operation: Operation, reason: str, now: datetime) -> Operation:
    """Return the operation as failed, along with the step that was running."""
    steps = tuple(_failed_if_running(step, reason, now) for step in operation.steps)
    return replace(operation, state=Progress.FAILED, steps=steps, error=clipped(reason))


def _failed_if_running(step: Step, reason: str, now: datetime) -> Step:
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
