"""Watch a line: supervise, resume what stopped, repair its app, and retire it once drained."""

from collections.abc import Sequence
from datetime import timedelta

from router import unexpected
from router.context import Context
from router.domain.capacity import CapacityPolicy, reason_kept
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind
from router.domain.stored_text import unknown_in
from router.domain.version import LineId
from router.draining import deadlines, judgement
from router.line_rows import get_line
from router.lines import tick_rules
from router.lines.repair import repair
from router.lines.supervision import supervise
from router.operations.begin import resume
from router.operations.retrying import retry
from router.recovery.service import recover
from router.retiring import retention

_RECOVERY = "recovery"


async def tick(context: Context, line_id: LineId) -> float | None:
    """Check the line once and return the seconds until the next check, or None for no more."""
    seconds = context.settings.monitor_seconds
    line = await context.catalog.line(line_id)
    if line is None:
        return seconds if await _recovered(context, line_id) else None
    lines = await _with_others(context, line)
    await supervise(context, line, lines)
    if line.id == tick_rules.highest(lines):
        await _check_overdue(context, line, lines)
    await _check(context, line, lines)
    if line.state is LineState.RETIRED and not unknown_in(line):
        return None
    return tick_rules.pause(line, lines, seconds)


async def _check_overdue(context: Context, line: Line, lines: Sequence[Line]) -> None:
    seconds = context.settings.monitor_seconds
    for each in lines:
        if each.id != line.id and tick_rules.is_overdue(each, seconds, context.now()):
            try:
                await _check(context, await get_line(context.catalog, each.id), lines)
            except Exception as error:  # noqa: BLE001 - one line must not keep it from the others
                unexpected.log(f"checking line {each.id}", error)


async def _with_others(context: Context, line: Line) -> Sequence[Line]:
    """Return all lines: this one as just read, the others as the process has read them lately.

    If each monitor read every line, their number would count twice.
    """
    others = (await context.snapshots.get()).lines.values()
    return sorted((line, *(each for each in others if each.id != line.id)), key=_id)


def _id(line: Line) -> LineId:
    return line.id


async def _check(context: Context, line: Line, lines: Sequence[Line]) -> None:
    if unknown_in(line):
        return  # it is a newer router's, which will be back
    if line.state is LineState.RETIRED:
        await retention.ensure_retained(context, line)
    elif line.operation is not None:
        await resume(context, line)
    else:
        await _advance(context, line, lines)


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
    if judgement.may_retire(context, line) and await _why_kept_now(context, line) is None:
        await retry(context, line, OperationKind.RETIRE)
    else:
        await repair(context, line, lines)


async def _why_kept_now(context: Context, line: Line) -> str | None:
    others = (each for each in await context.catalog.lines() if each.id != line.id)
    return why_kept(context, line, [line, *others])


def why_kept(context: Context, line: Line, lines: Sequence[Line]) -> str | None:
    """Return why a line that may be retired is kept nevertheless, or None."""
    settings = context.settings
    keep_for = timedelta(seconds=settings.keep_seconds)
    policy = CapacityPolicy(settings.max_lines, settings.keep_lines, keep_for)
    return reason_kept(line, lines, policy, context.now())
