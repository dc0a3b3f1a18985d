"""Watch a line: supervise, resume what stopped, repair its app, and retire it once drained."""

from collections.abc import Sequence
from datetime import timedelta

from router.context import Context
from router.domain.capacity import CapacityPolicy, reason_kept
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind
from router.domain.stored_text import unknown_in
from router.domain.version import LineId
from router.draining import deadlines, judgement
from router.lines.repair import repair
from router.lines.supervision import supervise
from router.operations.begin import resume
from router.operations.retrying import retry
from router.recovery.service import recover
from router.retiring import retention

_RECOVERY = "recovery"


async def tick(context: Context, line_id: LineId) -> bool:
    """Check the line once and return False when there is nothing left to watch."""
    lines = await context.catalog.lines()
    line = next((each for each in lines if each.id == line_id), None)
    if line is None:
        return await _recovered(context, line_id)
    await supervise(context, line, lines)
    if unknown_in(line):
        return True  # it is a newer router's, which will be back
    if line.state is LineState.RETIRED:
        await retention.ensure_retained(context, line)
        return False
    if line.operation is not None:
        await resume(context, line)
    else:
        await _advance(context, line, lines)
    return True


async def _recovered(context: Context, line_id: LineId) -> bool:
    """Rebuild the catalog, which was lost, as nothing deletes a line's row.

    Return False if the line is not in it then.
    """
    if not context.limits.may_check(_RECOVERY):  # the monitor of another line does it
        return True
    await recover(context)
    return await context.catalog.line(line_id) is not None


async def _advance(context: Context, line: Line, lines: Sequence[Line]) -> None:
    match line.state:
        case LineState.DRAINING:
            await _drain(context, line, lines)
        case LineState.RETIRING:  # a retirement that failed half-way
            await retry(context, line, OperationKind.RETIRE)
        case LineState.ACTIVE:
            await repair(context, line, lines)


async def _drain(context: Context, line: Line, lines: Sequence[Line]) -> None:
    line = await deadlines.enforce(context, await judgement.judged(context, line))
    known = [line if each.id == line.id else each for each in lines]
    if judgement.may_retire(context, line) and why_kept(context, line, known) is None:
        await retry(context, line, OperationKind.RETIRE)
    else:
        await repair(context, line, lines)


def why_kept(context: Context, line: Line, lines: Sequence[Line]) -> str | None:
    """Return why a line that may be retired is kept nevertheless, or None."""
    settings = context.settings
    keep_for = timedelta(seconds=settings.keep_seconds)
    policy = CapacityPolicy(settings.max_lines, settings.keep_lines, keep_for)
    return reason_kept(line, lines, policy, context.now())
