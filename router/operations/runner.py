"""Walks an operation's steps and writes down how far each is, in the operation's row.

Every call may be cut off anywhere and made again. A step that Azure keeps waiting is asked again
until its time is over; an error that may pass counts as waiting. Knows nothing of what steps do.
"""

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import Any

from router import unexpected
from router.context import Services
from router.domain import line_transitions, rollout
from router.domain.errors import PASSING, PlatformFailed, PlatformFull, Refusal, RouterError
from router.domain.model import Line, LineEvent, Operation, OperationKind, Progress
from router.operations import rules as operation_rules
from router.operations.step import StepFunction, Waiting, Work
from router.ports import Orchestrations

_WINDOW = 15.0  # seconds that one activity asks again by itself, before a durable timer does
_log = logging.getLogger("router.progress")

Outcome = dict[str, Any]
"""`{"state": "done"}`, `{"state": "waiting", "seconds": n}` or `{"state": "failed", "error": …}`"""


async def remaining(services: Services, operation_id: str) -> list[str]:
    """The names of the steps still to be done; none once the operation has ended."""
    operation = await services.catalog.operation(operation_id)
    if operation is None or operation.state is not Progress.RUNNING:
        return []
    return list(operation_rules.remaining(operation))


async def advance(
    services: Services,
    step: StepFunction,
    operation_id: str,
    orchestrations: Orchestrations,
) -> Outcome:
    """Do a step, asking again for a while where it waits."""
    name = step.__name__
    deadline = services.ticks() + _WINDOW
    while True:
        try:
            outcome = await _once(services, step, operation_id, orchestrations)
        except PASSING as error:
            _log.warning("%s of %s is asked again: %s", name, operation_id, error)
            outcome = {"state": "waiting", "seconds": services.settings.poll_seconds}
        if outcome["state"] != "waiting" or services.ticks() + outcome["seconds"] > deadline:
            return outcome
        await asyncio.sleep(outcome["seconds"])


async def _once(
    services: Services,
    step: StepFunction,
    operation_id: str,
    orchestrations: Orchestrations,
) -> Outcome:
    name = step.__name__
    operation = await services.catalog.operation(operation_id)
    if operation is None:
        return {"state": "failed", "error": f"{operation_id} is not in the catalog any more"}
    if operation_rules.is_done(operation, name):  # this call was delivered once more
        return {"state": "done"}
    line = await services.operations.line(operation.line)
    if not operation_rules.is_due(
        operation, name, line
    ):  # the same, and the line may be another's by now
        return {"state": "failed", "error": f"{name} of {operation_id} came too late"}
    begun = operation_rules.step_started(operation, name, services.now())
    if begun != operation:
        begun = await services.catalog.replace_operation(begun)
    try:
        said = await _attempt(step, Work(services, begun, line, orchestrations))
    except (PlatformFailed, RouterError) as error:
        return {"state": "failed", "error": str(error)}
    await _note_limit(services, line, said)
    if isinstance(said, str):
        ended = operation_rules.step_ended(begun, name, services.now(), said)
        await services.catalog.replace_operation(ended)
        return {"state": "done"}
    return await _waited(services, begun, name, said)


async def _attempt(step: StepFunction, work: Work) -> str | Waiting:
    try:
        return await step(work)
    except PlatformFull as error:
        return Waiting(str(error), limited=True)
    except PASSING as error:
        return Waiting(str(error), getattr(error, "retry_after", None) or 0)
    except (PlatformFailed, RouterError):
        raise
    except Exception as error:  # noqa: BLE001 - a defect must not end in a silent wait
        unexpected.log(f"{step.__name__} of {work.operation.id}", error)
        return Waiting(f"an unexpected {type(error).__name__}; see the router's log")


async def _note_limit(services: Services, line: Line, said: str | Waiting) -> None:
    """Let the line's row tell of the limit that its operation waits for, as long as it does."""
    limited = said.why if isinstance(said, Waiting) and said.limited else None
    if limited == line.limited:
        return
    found = await services.operations.line(line.id)
    await services.catalog.replace_line(replace(found, limited=limited))
    if limited is not None:
        await services.catalog.add_event(line.id, LineEvent(services.now(), f"waits: {limited}"))


async def _waited(services: Services, operation: Operation, name: str, waiting: Waiting) -> Outcome:
    if waiting.limited:
        held = operation_rules.step_held(operation, name, waiting.why, services.now())
        await services.catalog.replace_operation(held)
        return {"state": "waiting", "seconds": services.settings.monitor_seconds}
    step = next(each for each in operation.steps if each.name == name)
    limit = services.settings.step_seconds
    left = limit - (services.now() - (step.started_at or services.now())).total_seconds()
    if left < 0:
        return {"state": "failed", "error": f"{name} took over {limit:g} s: {waiting.why}"}
    if step.detail != waiting.why:
        told = operation_rules.step_told(operation, name, waiting.why)
        await services.catalog.replace_operation(told)
    seconds = max(services.settings.poll_seconds, min(waiting.seconds, left))
    return {"state": "waiting", "seconds": seconds}


async def stop(services: Services, operation_id: str, error: str, step: str | None) -> list[str]:
    """Note that the running step failed; the steps that put things back, if there are any.

    `step`: its name, by which a call that comes late is told; None from an older router.
    """
    operation = await services.catalog.operation(operation_id)
    if operation is None:
        return []
    if operation.state is not Progress.RUNNING:
        return []
    if step is not None and operation_rules.has_failed(operation, step):
        return list(operation_rules.remaining(operation))
    runs = any(each.state is Progress.RUNNING for each in operation.steps)
    if operation_rules.is_stopped(operation) and not runs:  # it was noted before a crash
        return list(operation_rules.remaining(operation))
    if operation_rules.is_stopped(operation):
        both = f"{operation.error} And then: {error}"
        over = operation_rules.failed(operation, both, services.now())
    else:
        over = operation_rules.stopped(
            operation, operation_rules.advised(operation, error), services.now()
        )
    over = await services.catalog.replace_operation(over)
    return list(operation_rules.remaining(over)) if over.state is Progress.RUNNING else []


async def end(services: Services, operation_id: str, orchestrations: Orchestrations) -> None:
    """Let go of the line, tell how it ended, and go on with a newer patch that came meanwhile."""
    now = services.now()
    operation = await services.catalog.operation(operation_id)
    if operation is None:  # lost with the catalog; what was rebuilt knows nothing of it
        return
    if operation.state is Progress.RUNNING:
        ended = operation_rules.failed(operation, operation.error or "a step failed", now)
        operation = await services.catalog.replace_operation(ended)
    line = await services.operations.line(operation.line)
    if line.operation == operation.id:
        line = await services.catalog.replace_line(
            line_transitions.failed(
                line,
                operation.error or "unknown",
                now,
                broken=operation_rules.leaves_broken(operation),
            )
        )
    outcome = f"{operation.id} {operation.state}"
    told = f"{outcome}: {operation.error}" if operation.error else outcome
    # At a time that is the same should this be done again: the same event is told once.
    event = LineEvent(operation_rules.ended_at(operation), told)
    await services.catalog.add_event(operation.line, event)
    await _go_on(services, operation, orchestrations)


async def _go_on(services: Services, operation: Operation, run: Orchestrations) -> None:
    """A release that was registered while the operation ran, and is meant to go in by itself.

    Not after a repair that failed: there is no app to put it in, and it is not to blame for that.
    """
    if operation.kind is OperationKind.REPAIR and operation.state is Progress.FAILED:
        return
    line = await services.operations.line(operation.line)
    wanted = rollout.goes_on_with(line, await services.catalog.releases())
    if wanted is not None:
        with contextlib.suppress(Refusal):  # somebody else was quicker
            await services.operations.begin(line.id, OperationKind.PATCH, wanted, run)
