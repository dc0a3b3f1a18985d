"""Accept starts: decide where each one belongs, and forward it or park it.

A start is answered only once its instance exists or its parking is durable.
"""

from dataclasses import dataclass, field, replace
from uuid import uuid4

from router.apps.forwarding import Start
from router.context import Context
from router.domain import instance_id
from router.domain.errors import TRANSIENT_ERRORS, Refusal, about
from router.domain.instance_id import already_exists, check, check_function
from router.domain.model import Claim, Line
from router.domain.texts.trace import Trace
from router.domain.version import LineId, RequestedVersion
from router.routing.rules import Forward, Park, Snapshot, admit, resolve
from router.starts import parking
from router.starts.claim_rules import is_free, may_replace
from router.starts.claims import claimed, confirm
from router.starts.parked_start import ParkedStart


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A caller's request. `value` is JSON text. Without `given_id` the router generates an id."""

    requested: RequestedVersion | None
    function: str
    given_id: str | None
    value: str
    trace: Trace = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AcceptedStart:
    """A start that will run: its instance, and the line and release that serve it."""

    instance_id: str
    line: LineId
    version: str | None
    parked: bool


async def accept(context: Context, request: StartRequest) -> AcceptedStart:
    """Forward the start, or park it.

    Nothing was started when this raises RouterError, except that 503 start-uncertain leaves it
    unknown.
    """
    check_function(request.function)
    since, settings = context.now(), context.settings
    snapshot, decision = await _resolve(context, request.requested)
    known_at = context.snapshots.trusted_until()
    line = snapshot.lines[decision.line.id if isinstance(decision, Forward) else decision.line]
    with about(line.id):
        admit(line, snapshot, settings.max_lines, settings.monitor_seconds)
        name = request.given_id or instance_id.make(line.id, uuid4().hex)
        start = Start(request.function, name, request.value, since, trace=request.trace)
        version = request.requested.version if request.requested else None
        route = _Route(context, decision, line, RequestedVersion(line.id, version), known_at)
        if isinstance(decision, Park) or context.apps.is_away(line):
            await context.parking_room.require(line.id)
        is_parked = await (_bring_claimed if request.given_id else _bring)(route, start)
    serves = None if isinstance(decision, Park) else str(decision.release)
    return AcceptedStart(name, line.id, serves, is_parked)


async def _resolve(
    context: Context, requested: RequestedVersion | None
) -> tuple[Snapshot, Forward | Park]:
    """Return where the start belongs, and the snapshot that this was decided by.

    A version that is missing from the snapshot may have been registered since.
    """
    snapshot = await context.snapshots.get()
    try:
        return snapshot, resolve(requested, snapshot)
    except Refusal:
        snapshot = await context.snapshots.refresh_after_refusal()
        return snapshot, resolve(requested, snapshot)


@dataclass(frozen=True, slots=True)
class _Route:
    """The route of a start, and until when (monotonic) its snapshot could be trusted."""

    context: Context
    decision: Forward | Park
    line: Line
    requested: RequestedVersion
    known_at: float

    async def forward(self, start: Start) -> bool:
        """Return True if the start was forwarded. Otherwise it must be parked."""
        if isinstance(self.decision, Park):
            return False
        line, forwarding = self.decision.line, self.context.forwarding
        return await forwarding.send(line, start, known_at=self.known_at) is None


async def _bring(route: _Route, start: Start) -> bool:
    """Forward the start or park it, and return True if it is parked."""
    if await route.forward(start):
        return False
    await parking.park(route.context, start, route.requested)
    return True


async def _bring_claimed(route: _Route, start: Start) -> bool:
    """Do the same for an id that the caller chose, after claiming it."""
    check(start.instance_id, route.line.id)
    context = route.context
    async with claimed(context, start.instance_id, route.line) as held:
        existing = held.existing
        if existing is not None and not may_replace(existing, start.instance_id):
            # A running instance that continues as new would be taken for this start.
            raise already_exists(start.instance_id)
        start = replace(start, given=True, before=existing.created_at if existing else None)
        if is_free(held.claim, context.now()) and await route.forward(start):
            return False
        parked = await parking.park(context, start, route.requested)
        if parked is None:
            raise already_exists(start.instance_id)
        await _confirm(route, held.claim, parked)
        return True


async def _confirm(route: _Route, claim: Claim, parked: ParkedStart) -> None:
    try:
        await confirm(route.context, claim, parked)
    except TRANSIENT_ERRORS as error:
        raise parking.uncertain(parked.start, route.requested) from error
