"""Run an operation's steps and record the progress of each in the operation's row.

Every call may be interrupted anywhere and repeated. A step that waits for Azure is called again
until its time limit, and a transient error counts as waiting.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import timedelta

from router import unexpected
from router.context import Context
from router.domain import line_transitions, rollout
from router.domain.errors import (
    TRANSIENT_ERRORS,
    PlatformFailed,
    QuotaExceeded,
    Refusal,
    RouterError,
)
from router.domain.model import Line, LineEvent, Operation, OperationKind, Progress
from router.line_rows import get_line
from router.operations import failures, progress_rules
from router.operations.begin import begin
from router.operations.outcomes import Done, Failed, Outcome, Waiting
from router.operations.step import Pending, Result, StepFunction, Work

_WINDOW = 15.0  # seconds for which one activity calls a step again before a durable timer does
_log = logging.getLogger("router.operations")


async def remaining_steps(context: Context, operation_id: str) -> list[str]:
    """Return the names of the remaining steps, which are none once the operation has ended.

    Raises Unavailable 503 newer-router if it is not one that this router can carry out.
    """
    operation = await context.catalog.operation(operation_id)
    if operation is not None:
        progress_rules.require_known(operation)
    if operation is None or operation.state is not Progress.RUNNING:
        return []
    return list(progress_rules.remaining(operation))


@dataclass(slots=True)
class _Window:
    """The calls of a step within one activity: their deadline (monotonic), and their number."""

    until: float
    calls: int = 0

    def is_over(self, context: Context, pause: float) -> bool:
        return context.monotonic() + pause > self.until


async def run_step(context: Context, step: StepFunction, operation_id: str) -> Outcome:
    """Call a step, and call it again for a while as long as it waits."""
    window = _Window(context.monotonic() + _WINDOW)
    while True:
        window.calls += 1
        try:
            outcome = await _run_once(context, step, operation_id, window)
        except TRANSIENT_ERRORS as error:
            _log.warning("%s of %s is retried: %s", step.__name__, operation_id, error)
            outcome = Waiting(context.settings.poll_seconds)
        if not isinstance(outcome, Waiting) or window.is_over(context, outcome.seconds):
            return outcome
        await asyncio.sleep(outcome.seconds)


async def _run_once(
    context: Context, step: StepFunction, operation_id: str, window: _Window
) -> Outcome:
    name = step.__name__
    operation = await context.catalog.operation(operation_id)
    if operation is None:
        return Failed(f"{operation_id} is no longer in the catalog")
    if progress_rules.is_done(operation, name):  # this call was delivered again
        return Done()
    line = await get_line(context.catalog, operation.line)
    if not progress_rules.is_due(operation, name, line):
        # This call was delivered late, when another operation may hold the line.
        return Failed(f"{name} of {operation_id} came too late")
    begun = progress_rules.step_started(operation, name, context.now())
    if begun != operation:
        begun = await context.catalog.replace_operation(begun)
    try:
        result = await _call(step, Work(context, begun, line))
    except (PlatformFailed, RouterError) as error:
        return Failed(str(error))
    await _record_capacity(context, line, result)
    if isinstance(result, Pending):
        return await _waiting(context, begun, name, result, window)
    ended = progress_rules.step_ended(begun, name, context.now(), result)
    ended = await failures.counted(context, ended, line)
    await context.catalog.replace_operation(ended)
    return Done()


async def _call(step: StepFunction, work: Work) -> Result:
    try:
        return await step(work)
    except QuotaExceeded as error:
        return Pending(str(error), for_capacity=True)
    except TRANSIENT_ERRORS as error:
        return Pending(str(error), getattr(error, "retry_after", None) or 0)
    except (PlatformFailed, RouterError):
        raise
    except Exception as error:  # noqa: BLE001 - a bug must not cause a silent wait
        unexpected.log(f"{step.__name__} of {work.operation.id}", error)
        return Pending(f"an unexpected {type(error).__name__}; see the router's log")


async def _record_capacity(context: Context, line: Line, result: Result) -> None:
    """Record on the line's row which limit its operation waits for, or that it waits no longer."""
    waits_for = result.reason if isinstance(result, Pending) and result.for_capacity else None
    if waits_for == line.waiting_for_capacity:
        return
    found = await get_line(context.catalog, line.id)
    changed = line_transitions.waiting_for_capacity(found, waits_for)
    await context.catalog.replace_line(changed)
    if waits_for is not None:
        event = LineEvent(context.now(), f"waiting for capacity: {waits_for}")
        await context.catalog.add_event(line.id, event)


async def _waiting(
    context: Context, operation: Operation, name: str, pending: Pending, window: _Window
) -> Outcome:
    settings = context.settings
    if pending.for_capacity or pending.advanced:
        held = progress_rules.step_advanced(
            operation, name, pending.reason, context.now(), pending.cursor
        )
        await context.catalog.replace_operation(held)
        window.calls = 0
        pause = settings.monitor_seconds if pending.for_capacity else pending.seconds
        return Waiting(max(settings.poll_seconds, pause))
    limit = timedelta(seconds=settings.step_seconds)
    reason, watch = pending.reason, pending.watch
    waited = progress_rules.step_waited(operation, name, reason, window.calls, watch)
    left = progress_rules.time_left(waited, name, limit, context.now())
    if left is None:
        return Failed(f"{name} took over {settings.step_seconds:g} s: {reason}")
    # Past its limit a step is not called earlier than Azure allows.
    wait = min(pending.seconds, left.total_seconds()) if left else pending.seconds
    pause = max(settings.poll_seconds, wait)
    if progress_rules.differs(operation, waited, name) or window.is_over(context, pause):
        await context.catalog.replace_operation(waited)
        window.calls = 0
    return Waiting(pause)


async def fail_step(context: Context, operation_id: str, error: str, step: str) -> list[str]:
    """Record that a step failed and return the steps that roll back, if any.

    A call that is delivered twice or late is recognized by the step's name.
    """
    operation = await context.catalog.operation(operation_id)
    if operation is None or operation.state is not Progress.RUNNING:
        return []
    if progress_rules.has_failed(operation, step):
        return list(progress_rules.remaining(operation))
    runs = any(each.state is Progress.RUNNING for each in operation.steps)
    if progress_rules.is_rolling_back(operation) and not runs:  # it was recorded before a crash
        return list(progress_rules.remaining(operation))
    if progress_rules.is_rolling_back(operation):
        both = f"{operation.error} Rolling back failed as well: {error}"
        changed = progress_rules.failed(operation, both, context.now())
        line = await get_line(context.catalog, operation.line)
        changed = await failures.counted(context, changed, line)
    else:
        reason = progress_rules.with_advice(operation, error)
        changed = progress_rules.rolling_back(operation, reason, context.now(), step)
    changed = await context.catalog.replace_operation(changed)
    return list(progress_rules.remaining(changed)) if changed.state is Progress.RUNNING else []


async def end(context: Context, operation_id: str) -> None:
    """Release the line, record how the operation ended, and begin a patch that became due."""
    now = context.now()
    operation = await context.catalog.operation(operation_id)
    if operation is None:  # lost with the catalog, and not rebuilt
        return
    progress_rules.require_known(operation)
    line = await get_line(context.catalog, operation.line)
    if operation.state is Progress.RUNNING:
        ended = progress_rules.failed(operation, operation.error or "a step failed", now)
        ended = await failures.counted(context, ended, line)
        operation = await context.catalog.replace_operation(ended)
    if line.operation == operation.id:
        reason, repair = operation.error or "unknown", progress_rules.needs_repair(operation)
        failed = line_transitions.failed(line, reason, now, needs_repair=repair)
        line = await context.catalog.replace_line(failed)
    if operation.state is not Progress.FAILED or progress_rules.is_news(operation, line):
        # The time does not depend on this call, so a repeated call records the same event once.
        event = LineEvent(progress_rules.ended_at(operation), failures.described(operation))
        await context.catalog.add_event(operation.line, event)
    await context.catalog.drop_operations(line)
    await _begin_pending_patch(context, operation)


async def _begin_pending_patch(context: Context, operation: Operation) -> None:
    """Begin the patch that was registered while the operation ran, if it is deployed automatically.

    After a failed repair there is no app to deploy it to, and the release is not at fault.
    """
    if operation.kind is OperationKind.REPAIR and operation.state is Progress.FAILED:
        return
    line = await get_line(context.catalog, operation.line)
    release = rollout.pending_patch(line, await context.catalog.releases())
    if release is not None:
        with contextlib.suppress(Refusal):  # lost the race against another operation
            await begin(context, line.id, OperationKind.PATCH, release)
