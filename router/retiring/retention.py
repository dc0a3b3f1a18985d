"""Keep a retired line's rows and large messages for the retention time, then delete them.

One orchestration per retired line waits for that time and then begins a cleanup, whose steps are
here too. A line that was revived is left alone.
"""

from typing import Final

from router.apps import stores
from router.context import Context
from router.domain import line_transitions
from router.domain.errors import Changed, PlatformFailed
from router.domain.hub_settings import tables_of
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind
from router.domain.version import LineId
from router.operations.begin import resume
from router.operations.due import require_due
from router.operations.retrying import retry
from router.operations.step import Pending, Result, Work
from router.starts import claims

RETAIN: Final = "retain_line"
_CALL_SECONDS = 60.0  # how long one call deletes, as Azure ends the worker after functionTimeout
_LONGEST_PAUSE = 3600.0  # seconds, as the line may be revived and retired again


def retain_id(line: LineId) -> str:
    """Return the id of the orchestration that waits for the end of the line's retention."""
    return f"retain-{line.dashed}"


async def ensure_retained(context: Context, line: Line) -> None:
    """Start the orchestration that waits for the end of the retention, if needed. Idempotent."""
    report = line.teardown_report
    if report is not None and report.until is not None and report.purged_at is None:
        await context.orchestrations.start(RETAIN, retain_id(line.id), {"line": str(line.id)})


async def tick(context: Context, line_id: LineId) -> float | None:
    """Check the line once and return the seconds until the next check, or None for no more."""
    line = await context.catalog.line(line_id)
    report = line.teardown_report if line else None
    if line is None or line.state is not LineState.RETIRED or report is None:
        return None
    if report.until is None or report.purged_at is not None:
        return None
    if line.operation is not None:
        await resume(context, line)
    elif (left := (report.until - context.now()).total_seconds()) > 0:
        return min(left, _LONGEST_PAUSE)
    else:
        await retry(context, line, OperationKind.CLEAN_UP)
    return context.settings.monitor_seconds


async def delete_rows(work: Work) -> Result:
    """Delete the hub's rows: with their tables, unless other lines have rows there too."""
    context, line = work.context, work.line
    stores.require_account(line, context.settings)
    tables = tables_of(stores.store_of(line, context.settings))
    hub = context.stores.hub(line)
    if await _is_alone(context, line):
        await require_due(work, delete_rows.__name__)
        await hub.delete_tables()
        return f"tables {tables} are deleted"
    begun = work.step(delete_rows.__name__).cursor
    retired_at = line.teardown_report.at if line.teardown_report else None
    purged = await hub.delete_rows(line.task_hub, begun, before=retired_at)
    if purged.cursor is not None:
        reason = "the rows of its instances are being deleted"
        return Pending(reason, advanced=True, cursor=purged.cursor)
    if purged.changed:
        reason = f"{purged.changed} instances have changed and are checked again"
        return Pending(reason, advanced=True)
    if purged.unfinished:
        raise PlatformFailed(
            f"{purged.unfinished} instances of line {line.id} in the tables {tables} have not "
            "ended and are kept: revive the line to end them, or delete their rows"
        )
    return f"no row of task hub {line.task_hub} is left in the tables {tables}"


async def _is_alone(context: Context, line: Line) -> bool:
    """Return True if the line has tables of its own and, to be safe, no other line names them.

    Raises Changed if the line was changed since it was read, as it may be up again.
    """
    if not stores.has_own(line, context.settings):
        return False
    lines = await context.catalog.lines()
    if line not in lines:
        raise Changed
    others = (each for each in lines if each.id != line.id)
    return not any(context.stores.are_one(line, each) for each in others)


async def delete_large_messages(work: Work) -> Result:
    """Delete the hub's large messages, to which the rows referred."""
    await work.context.stores.hub(work.line).delete_large_messages(work.line.task_hub)
    return f"container {work.line.task_hub.lower()}-largemessages is deleted"


async def delete_claims(work: Work) -> Result:
    """Delete the line's claims, except for those that a start still needs."""
    context, line = work.context, work.line
    until = context.monotonic() + _CALL_SECONDS
    page = await context.catalog.claims(line.id, work.step(delete_claims.__name__).cursor)
    while True:
        for claim in page.claims:
            await claims.drop_if_stale(context, claim.instance_id, line)
        if page.cursor is None:
            return "the claims of its callers' ids are deleted"
        if context.monotonic() > until:
            reason = "the claims of its callers' ids are being deleted"
            return Pending(reason, advanced=True, cursor=page.cursor)
        page = await context.catalog.claims(line.id, page.cursor)


async def finish_cleanup(work: Work) -> Result:
    """Record that nothing of the line is left."""
    if work.is_in_charge:
        purged = line_transitions.purged(work.line, work.context.now())
        await work.context.catalog.replace_line(purged)
    return f"nothing of task hub {work.line.task_hub} is left"
