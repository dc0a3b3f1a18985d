"""Enforces the deadlines of draining lines: tells people, and ends work that does not end.

What is due is decided in router.core.overdue. The line's row is written first, so that a round
that is cut off is made again, later and as a whole. Only the app that owns the work is asked to
end it. Knows nothing of how a line is judged.
"""

import logging
from datetime import timedelta

from router.apps.client import in_time, known_until, terminate
from router.apps.spec import hub_of
from router.context import Services
from router.domain.errors import PASSING, Changed
from router.domain.model import Line, LineEvent
from router.domain.timestamps import for_people
from router.lines import deadline_rules

_REASON = "The deadline of its line has passed"  # plain words: the engine takes others for links
_log = logging.getLogger("router.deadlines")


async def enforce(services: Services, line: Line) -> Line:
    """Do what is due for a line that drains; the line's row afterwards."""
    now = services.now()
    match deadline_rules.due(line, _policy(services, line), now):
        case deadline_rules.Due.WARNING:
            return await _noted(services, line, deadline_rules.warned(line, now), "it still drains")
        case deadline_rules.Due.TERMINATION:
            what = "its deadline is over: no new starts, and unfinished work is terminated"
            ended = await _noted(services, line, deadline_rules.terminated(line, now), what)
            if ended is not line:
                await _terminate(services, ended)
            return ended
    return line


async def _noted(services: Services, line: Line, changed: Line, what: str) -> Line:
    """The changed line, once it is written and told; the line as it was if it changed meanwhile."""
    try:
        written = await services.catalog.replace_line(changed)
    except Changed:
        return line
    why = "; ".join(witness.detail for witness in line.drain.why) if line.drain else ""
    told = f"draining since {for_people(line.since)}, {what}. {why}".rstrip()
    await services.catalog.add_event(line.id, LineEvent(services.now(), told))
    return written


async def _terminate(services: Services, line: Line) -> None:
    for instance in await services.hub.unfinished(line.task_hub):
        try:
            if await services.operations.line(line.id) != line:
                return  # its time was prolonged, or another round has begun
            done = await _is_terminated(services, line, instance.instance_id)
        except PASSING as error:
            _log.warning("%s could not be terminated: %s", instance.instance_id, error)
            return  # the next round begins anew
        if done:
            age = f"it was {instance.runtime_status} since {for_people(instance.created_at)}"
            told = f"terminated {instance.name} {instance.instance_id}: {age}"
            await services.catalog.add_event(line.id, LineEvent(services.now(), told))


async def _is_terminated(services: Services, line: Line, instance_id: str) -> bool:
    """Whether the app was asked to; what has another line's id by now is not its own."""
    async with in_time(known_until(services)):
        owner = await services.tracking.owner(instance_id)
        if owner is None or owner.task_hub != line.task_hub:
            return False
        answer = await terminate(services, line, instance_id, _REASON)
    return answer.status == 202


def _policy(services: Services, line: Line) -> deadline_rules.DeadlinePolicy:
    settings = services.settings
    return deadline_rules.DeadlinePolicy(
        _span(settings.drain_warn_seconds),
        _span(settings.drain_terminate_seconds),
        timedelta(seconds=hub_of(line, settings).visibility + settings.margin_seconds),
    )


def _span(seconds: float) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds else None
