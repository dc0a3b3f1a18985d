"""Watches a line's work: reads its hub, has the reading judged, and begins its retirement.

The line's row is read before the hub, and the judgement is written under that row's etag. Knows
nothing of the orchestration that calls it lap by lap, nor of what a retirement does.
"""

from datetime import timedelta

from router.apps import spec
from router.context import Services
from router.domain import line_transitions
from router.domain.capacity import PlacePolicy, why_kept
from router.domain.errors import Changed
from router.domain.hub_settings import HubSettings
from router.domain.line_states import LineState
from router.domain.model import Drain, HubReading, Line, LineEvent, OperationKind, WitnessKind
from router.domain.version import LineId
from router.lines import deadlines, retention
from router.lines import drain_rules as judgement
from router.lines.repair import mend
from router.lines.supervision import tend
from router.ports import Orchestrations
from router.recovery.service import recover


async def watch(services: Services, line_id: LineId, orchestrations: Orchestrations) -> bool:
    """One lap of a line's monitor; False once there is nothing left to watch."""
    lines = await services.catalog.lines()
    line = next((each for each in lines if each.id == line_id), None)
    if line is None:  # nobody deletes a line's row: it was lost
        await recover(services, orchestrations)
        return await services.catalog.line(line_id) is not None
    await tend(services, line, lines, orchestrations)
    if line.state is LineState.RETIRED:
        await retention.begin(line, orchestrations)
        return False
    if line.operation is not None:
        await services.operations.resume(line, orchestrations)
    elif line.state is LineState.DRAINING:
        line = await deadlines.enforce(services, await judged(services, line))
        if is_safe(services, line) and await kept(services, line) is None:
            await services.operations.begin(line_id, OperationKind.RETIRE, None, orchestrations)
        else:
            await mend(services, line, lines, orchestrations)
    elif line.state is LineState.RETIRING:  # a retirement that failed half-way
        await services.operations.begin(line_id, OperationKind.RETIRE, None, orchestrations)
    elif line.state is LineState.ACTIVE:
        await mend(services, line, lines, orchestrations)
    return True


async def look(services: Services, line: Line) -> Drain:
    """Read the line's hub, the last witness first, and judge it by what was seen before."""
    why = line.drain.why if line.drain else ()
    instances = (each.instance_id for each in why if each.kind is WitnessKind.INSTANCE)
    settings = services.settings
    hub = spec.hub_of(line, settings)
    reading = await _read(services, line, hub, next(instances, None))
    policy = judgement.DrainPolicy(
        visibility=timedelta(seconds=hub.visibility),
        margin=timedelta(seconds=settings.margin_seconds),
        apart=timedelta(seconds=settings.drain_apart_seconds),
    )
    under_way = timedelta(seconds=settings.snapshot_seconds) + settings.in_flight
    since = judgement.counts_from(line, under_way)
    return judgement.judge(
        reading,
        line.drain,
        policy,
        services.now(),
        counts_from=since,
        never_opened=line.state is LineState.FAILED,
    )


async def _read(
    services: Services, line: Line, hub: HubSettings, witness: str | None
) -> HubReading:
    """A hub whose rows are elsewhere would seem to have none."""
    problem = spec.elsewhere(line, services.settings)
    if problem is None:
        return await services.hub.read(line.task_hub, hub.partitions, witness)
    return HubReading(services.now(), problems=(problem,))


def is_safe(services: Services, line: Line, *, operation: str | None = None) -> bool:
    """Whether the line's row, freshly judged, allows its app to go."""
    return judgement.may_retire(line, services.settings.in_flight, operation=operation)


async def kept(services: Services, line: Line) -> str | None:
    """Why a line that could go is kept nevertheless, in words; None when nothing keeps it."""
    settings = services.settings
    keep_for = timedelta(seconds=settings.keep_seconds)
    policy = PlacePolicy(settings.max_lines, settings.keep_lines, keep_for)
    return why_kept(line, await services.catalog.lines(), policy, services.now())


async def judged(services: Services, line: Line) -> Line:
    """The line's row with a fresh judgement, or as somebody else has just changed it."""
    drain = await look(services, line)
    try:
        seen = await services.catalog.replace_line(line_transitions.judged(line, drain))
    except Changed:
        return await services.operations.line(line.id)  # a start, or another look, came in between
    if line.drain is None or line.drain.verdict is not drain.verdict:
        await services.catalog.add_event(line.id, LineEvent(drain.checked_at, told(drain)))
    return seen


def told(drain: Drain) -> str:
    """A judgement as one sentence for people."""
    return "; ".join([str(drain.verdict), *(each.detail for each in drain.why)])
