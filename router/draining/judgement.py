"""Read a line's hub and judge the reading.

The line's row is read before its hub, and the judgement is written under that row's etag.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from router.apps import spec, stores
from router.context import Context
from router.domain import line_transitions
from router.domain.errors import Changed
from router.domain.hub_settings import HubSettings
from router.domain.line_states import LineState
from router.domain.model import BlockerKind, Drain, HubReading, Line, LineEvent, Verdict
from router.draining import drain_rules, hub_check
from router.line_rows import get_line

_MAY_LACK_HUB = (LineState.FAILED, LineState.RETIRING)  # the latter may have failed before


async def check(context: Context, line: Line, since: datetime | None = None) -> Drain:
    """Read the line's hub, its last blocker first, and judge it with the previous judgement.

    `since`: from when readings count, unless that follows from the line's starts.
    """
    blockers = line.drain.blockers if line.drain else ()
    instances = (each.instance_id for each in blockers if each.kind is BlockerKind.INSTANCE)
    settings = context.settings
    hub = spec.hub_settings(line, settings)
    reading = await _read(context, line, hub, next(instances, None))
    policy = drain_rules.DrainPolicy(
        visibility=timedelta(seconds=hub.visibility),
        margin=timedelta(seconds=settings.margin_seconds),
        apart=timedelta(seconds=settings.drain_apart_seconds),
    )
    stale = timedelta(seconds=settings.snapshot_seconds) + settings.in_flight
    return drain_rules.judge(
        reading,
        line.drain,
        policy,
        context.now(),
        counts_from=since or drain_rules.counts_from(line, stale),
        never_opened=line.state in _MAY_LACK_HUB,
    )


async def judged(context: Context, line: Line) -> Line:
    """Return the line's row with a new judgement, or as another writer has just changed it."""
    drain = await check(context, line)
    was_drained = line.drain is not None and line.drain.verdict is Verdict.DRAINED
    if drain.verdict is Verdict.DRAINED and not was_drained:
        drain = await hub_check.proven(context, line, drain)
    try:
        written = await context.catalog.replace_line(line_transitions.judged(line, drain))
    except Changed:  # by a start or another check
        return await get_line(context.catalog, line.id)
    changed = line.drain is None or line.drain.verdict is not drain.verdict
    if changed and drain.cursor is None:
        event = LineEvent(drain.checked_at, drain_rules.describe(drain))
        await context.catalog.add_event(line.id, event)
    return written


def may_retire(context: Context, line: Line, *, operation: str | None = None) -> bool:
    """Return whether the line's row, freshly judged, allows its app to be deleted."""
    return drain_rules.may_retire(line, context.settings.in_flight, operation=operation)


async def _read(context: Context, line: Line, hub: HubSettings, blocker: str | None) -> HubReading:
    """Read the hub, unless its rows are in another account, because it would appear empty."""
    problem = stores.mismatch(line, context.settings)
    if problem is not None:
        return HubReading(context.now(), problems=(problem,))
    begun = line.drain if line.drain and line.drain.cursor else None
    cursor = begun.cursor if begun else None
    # A reading counts from its beginning: what it has passed may have changed since.
    read_at = begun.checked_at if begun else context.now()
    found = await context.stores.hub(line).read(line.task_hub, hub.partitions, blocker, cursor)
    return replace(found, read_at=read_at)
