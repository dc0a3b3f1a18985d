"""Carries out what operators order of a line: drain, undrain, retire, revive.

An order that changes the row alone is done at once; for the others an operation begins. Ordering
the same again, at the same time or later, comes to the same. Knows no HTTP.
"""

from collections.abc import Callable
from dataclasses import dataclass

from semver import Version

from router.context import Services
from router.domain import rollout
from router.domain.capacity import must_have_place
from router.domain.errors import Changed, Refusal, Unavailable
from router.domain.line_states import LineState
from router.domain.model import Line, LineEvent, OperationKind
from router.domain.timestamps import for_people
from router.domain.version import LineId
from router.http import views
from router.lines import monitor, retention
from router.ports import Orchestrations

_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Taken:
    """An order that was taken: its line, and the id of the operation that carries it out."""

    line: Line
    operation: str | None = None


async def drain(
    services: Services, line_id: LineId, run: Orchestrations, *, closed: bool | None = None
) -> Taken:
    """Let the line's work finish. Refusal 409 wrong-state."""
    shut = "" if closed is None else f", {'closed' if closed else 'open'} to new starts"
    line = await _change(
        services,
        line_id,
        lambda found: rollout.drained(found, services.now(), closed=closed),
        f"draining{shut}: ordered",
    )
    await services.operations.see_watched(line_id, run)
    return Taken(line)


async def undrain(services: Services, line_id: LineId, run: Orchestrations) -> Taken:
    """Put a draining line back in service. Refusal 409 wrong-state."""
    line = await _change(
        services, line_id, lambda found: rollout.undrained(found, services.now()), "active: ordered"
    )
    await services.operations.see_watched(line_id, run)
    return Taken(line)


async def retire(services: Services, line_id: LineId, run: Orchestrations) -> Taken:
    """Take away a line whose work is done. Refusal 409 not-drained, naming what holds it, or
    wrong-state, operation-running."""
    line = await services.operations.line(line_id)
    if line.state is LineState.RETIRED:
        await retention.begin(line, run)
        return Taken(line, line.retirement)
    if line.state in (LineState.DRAINING, LineState.FAILED) and line.operation is None:
        line = await monitor.judged(services, line)
        if line.operation is None and not monitor.is_safe(services, line):
            raise _not_drained(line)
    return await _begin(services, line_id, OperationKind.RETIRE, None, run)


async def revive(services: Services, line_id: LineId, run: Orchestrations) -> Taken:
    """Bring a line up from its stored package, under the same names. Refusal 409 wrong-state;
    Unavailable 429 limit-reached."""
    picture = await services.snapshots.refresh()
    line = await services.operations.line(line_id)
    release = rollout.revived_with(line, picture.releases.values())
    if release is None:
        is_coming = rollout.is_held_for(line, OperationKind.PROVISION)
        return Taken(line, line.operation if is_coming else None)
    settings = services.settings
    must_have_place(line, picture.lines.values(), settings.max_lines, settings.monitor_seconds)
    return await _begin(services, line_id, OperationKind.PROVISION, release, run)


async def _begin(
    services: Services,
    line_id: LineId,
    kind: OperationKind,
    release: Version | None,
    run: Orchestrations,
) -> Taken:
    """The operation, begun now or at work already."""
    try:
        operation = await services.operations.begin(line_id, kind, release, run)
    except Refusal:
        line = await services.operations.line(line_id)
        if not rollout.is_held_for(line, kind):
            raise
        await services.operations.resume(line, run)
        return Taken(line, line.operation)
    return Taken(await services.operations.line(line_id), operation.id)


async def _change(
    services: Services, line_id: LineId, change: Callable[[Line], Line], what: str
) -> Line:
    for _ in range(_ATTEMPTS):
        found = await services.operations.line(line_id)
        changed = change(found)
        if changed == found:
            return found
        try:
            written = await services.catalog.replace_line(changed)
        except Changed:
            continue
        await services.catalog.add_event(line_id, LineEvent(services.now(), what))
        await services.snapshots.refresh()
        return written
    raise Unavailable("line-busy", f"Line {line_id} changes too fast just now. Try again.")


def _not_drained(line: Line) -> Refusal:
    why = monitor.told(line.drain) if line.drain else "it changed just now; ask again"
    last = f" The last start was at {for_people(line.last_start_at)}." if line.last_start_at else ""
    return Refusal(
        409,
        "not-drained",
        f"Line {line.id} is {line.state} and is not retired: {why}.{last} It retires by itself "
        "once its work is done.",
        line=str(line.id),
        state=str(line.state),
        drain=views.drain(line.drain),
    )
