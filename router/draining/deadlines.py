"""Enforce the deadlines of draining lines: warn, and terminate work that does not end.

The line's row is written first, so that an interrupted round is repeated as a whole. Only the app
that owns an instance is asked to terminate it.
"""

import logging
from datetime import timedelta

from router.apps.spec import hub_settings
from router.context import Context
from router.domain.errors import TRANSIENT_ERRORS, Changed
from router.domain.model import Line, LineEvent
from router.domain.timestamps import human_readable
from router.draining import deadline_rules
from router.line_rows import get_line

_REASON = "The deadline of its line has passed"  # plain text: the engine reads URLs as references
_ROUND_SECONDS = 120.0  # as Azure ends the worker after functionTimeout
_log = logging.getLogger("router.lines")


async def enforce(context: Context, line: Line) -> Line:
    """Take the action due for a draining line and return its row afterwards."""
    now = context.now()
    match deadline_rules.due(line, _policy(context, line), now):
        case deadline_rules.Due.WARNING:
            return await _record(
                context, line, deadline_rules.warned(line, now), "it is still draining"
            )
        case deadline_rules.Due.TERMINATION:
            what = "its deadline has passed: no new starts, and unfinished work is terminated"
            ended = await _record(context, line, deadline_rules.terminated(line, now), what)
            if ended is not line:
                await _terminate(context, ended)
            return ended
    return line


async def _record(context: Context, line: Line, changed: Line, what: str) -> Line:
    """Write the changed line with an event. Return the line unchanged if the race was lost."""
    try:
        written = await context.catalog.replace_line(changed)
    except Changed:
        return line
    why = "; ".join(blocker.detail for blocker in line.drain.blockers) if line.drain else ""
    what = f"draining since {human_readable(line.since)}, {what}. {why}".rstrip()
    await context.catalog.add_event(line.id, LineEvent(context.now(), what))
    return written


async def _terminate(context: Context, line: Line) -> None:
    blockers = line.drain.blockers if line.drain else ()
    first = next((each.instance_id for each in blockers if each.instance_id), None)
    until = context.monotonic() + _ROUND_SECONDS
    for instance in await context.stores.hub(line).unfinished(line.task_hub, first):
        if context.monotonic() > until:
            return  # the next round continues
        try:
            if await get_line(context.catalog, line.id) != line:
                return  # its deadline was extended, or another round has begun
            accepted = await _request_termination(context, line, instance.instance_id)
        except TRANSIENT_ERRORS as error:
            _log.warning("%s could not be terminated: %s", instance.instance_id, error)
            return  # the next round starts over
        if accepted:
            age = f"it was {instance.runtime_status} since {human_readable(instance.created_at)}"
            what = f"terminated {instance.name} {instance.instance_id}: {age}"
            await context.catalog.add_event(line.id, LineEvent(context.now(), what))


async def _request_termination(context: Context, line: Line, instance_id: str) -> bool:
    """Return True if the app accepted, and False if the id now belongs to another line."""
    async with context.apps.before(context.apps.deadline()):
        owner = await context.stores.tracking(line).owner(instance_id)
        if owner is None or owner.task_hub != line.task_hub:
            return False
        answer = await context.apps.terminate(line, instance_id, _REASON)
    return answer.status == 202


def _policy(context: Context, line: Line) -> deadline_rules.DeadlinePolicy:
    settings = context.settings
    return deadline_rules.DeadlinePolicy(
        _span(settings.drain_warn_seconds),
        _span(settings.drain_terminate_seconds),
        timedelta(seconds=hub_settings(line, settings).visibility + settings.margin_seconds),
    )


def _span(seconds: float) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds else None
