"""Carry out the line actions that operators request: drain, undrain, retire, revive, refresh.

Drain and undrain change only the line's row, the others begin an operation. Repeating an
action, even concurrently, has the same result.
"""

from collections.abc import Callable
from dataclasses import dataclass

from semver import Version

from router.context import Context
from router.domain import rollout
from router.domain.capacity import require_capacity
from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, LineEvent, OperationKind
from router.domain.timestamps import human_readable
from router.domain.version import LineId
from router.draining import drain_rules, judgement
from router.line_rows import get_line, update_line
from router.lines import action_rules
from router.operations.begin import begin, ensure_monitored, resume
from router.retiring import retention


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The line after an action, and the id of the operation that carries it out, if any."""

    line: Line
    operation: str | None = None


async def drain(
    context: Context, line_id: LineId, *, closed: bool | None = None, reason: str | None = None
) -> ActionResult:
    """Let the line finish its work and then be retired. Raises Refusal 409 wrong-state."""
    starts = "" if closed is None else f", {'closed' if closed else 'open'} to new starts"
    return await _change(
        context,
        line_id,
        lambda line: action_rules.drained(line, context.now(), closed=closed),
        f"draining{starts}",
        reason,
    )


async def undrain(context: Context, line_id: LineId, *, reason: str | None = None) -> ActionResult:
    """Put a draining line back in service. Raises Refusal 409 wrong-state."""
    return await _change(
        context,
        line_id,
        lambda line: action_rules.undrained(line, context.now()),
        "active",
        reason,
    )


async def retire(context: Context, line_id: LineId, *, reason: str | None = None) -> ActionResult:
    """Retire a line whose work is done. One that is retired is cleaned up again if that failed.

    Raises Refusal 409 not-drained with the blockers, wrong-state or operation-running.
    """
    line = await get_line(context.catalog, line_id)
    if line.state is LineState.RETIRED and action_rules.has_failed(line, OperationKind.CLEAN_UP):
        return await _begin(context, line_id, OperationKind.CLEAN_UP, reason=reason)
    if line.state is LineState.RETIRED:
        await retention.ensure_retained(context, line)
        return ActionResult(line, line.retirement)
    if line.state in (LineState.DRAINING, LineState.FAILED) and line.operation is None:
        line = await judgement.judged(context, line)
        if line.operation is None and not judgement.may_retire(context, line):
            raise _not_drained(line)
    return await _begin(context, line_id, OperationKind.RETIRE, reason=reason)


async def revive(context: Context, line_id: LineId, *, reason: str | None = None) -> ActionResult:
    """Bring a line up from its stored package, under the same names.

    One that is up is repaired again if that failed.

    Raises Refusal 409 wrong-state or Unavailable 429 limit-reached.
    """
    snapshot = await context.snapshots.refresh()
    line = await get_line(context.catalog, line_id)
    if line.state.serves and action_rules.has_failed(line, OperationKind.REPAIR):
        return await _begin(context, line_id, OperationKind.REPAIR, reason=reason)
    release = rollout.release_to_revive(line, snapshot.releases.values())
    if release is None:
        if line.operation is None or line.operation_kind is not OperationKind.PROVISION:
            return ActionResult(line)
        await _note(context, line_id, line.operation, reason)
        return ActionResult(line, line.operation)
    settings = context.settings
    require_capacity(line, snapshot.lines.values(), settings.max_lines, settings.monitor_seconds)
    return await _begin(context, line_id, OperationKind.PROVISION, release, reason=reason)


async def refresh(context: Context, line_id: LineId, *, reason: str | None = None) -> ActionResult:
    """Bring the router's current settings to the line's app. Raises Refusal 409 wrong-state."""
    return await _begin(context, line_id, OperationKind.REFRESH, reason=reason)


async def _begin(
    context: Context,
    line_id: LineId,
    kind: OperationKind,
    release: Version | None = None,
    *,
    reason: str | None,
) -> ActionResult:
    """Begin the operation, or resume it if it is already running."""
    try:
        operation = (await begin(context, line_id, kind, release)).id
    except Refusal:
        line = await get_line(context.catalog, line_id)
        if line.operation is None or line.operation_kind is not kind:
            raise
        await resume(context, line)
        operation = line.operation
    await _note(context, line_id, operation, reason)
    return ActionResult(await get_line(context.catalog, line_id), operation)


async def _note(context: Context, line_id: LineId, what: str, reason: str | None) -> None:
    """Record the reason that an operator gave, if any."""
    if reason:
        event = LineEvent(context.now(), action_rules.requested(what, reason))
        await context.catalog.add_event(line_id, event)


async def _change(
    context: Context,
    line_id: LineId,
    change: Callable[[Line], Line],
    what: str,
    reason: str | None,
) -> ActionResult:
    found = await get_line(context.catalog, line_id)
    updated = await update_line(context.catalog, found, change)
    if updated.written or reason:
        event = LineEvent(context.now(), action_rules.requested(what, reason))
        await context.catalog.add_event(line_id, event)
        await context.snapshots.refresh()
    await ensure_monitored(context, line_id)
    return ActionResult(updated.line)


def _not_drained(line: Line) -> Refusal:
    why = drain_rules.describe(line.drain) if line.drain else "it has just changed; retry"
    last = (
        f" The last start was at {human_readable(line.last_start_at)}."
        if line.last_start_at
        else ""
    )
    return Refusal(
        409,
        "not-drained",
        f"Line {line.id} is {line.state} and cannot be retired: {why}.{last} It is retired "
        "automatically once its work is done.",
        line=str(line.id),
        state=str(line.state),
        drain=line.drain,
    )
