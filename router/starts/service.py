"""Accept starts: decide where each one belongs, and forward it or park it.

A start is answered only once its instance exists or its parking is durable.
"""

from dataclasses import dataclass, replace
from uuid import uuid4

from router.apps.forwarding import Start
from router.context import Context
from router.domain import instance_id
from router.domain.errors import TRANSIENT_ERRORS, Refusal, about
from router.domain.instance_id import already_exists, check, check_function
from router.domain.model import Claim, Line
from router.domain.version import LineId, RequestedVersion
from router.routing.rules import Forward, Park, Snapshot, admit, resolve
from router.starts import parking
from router.starts.claim_rules import is_free, may_replace
from router.starts.claims import claimed, confirm
from router.starts.parked_start import ParkedStart


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What a caller sent. `given_id` None asks the router for an id; `value` is JSON text."""

    requested: RequestedVersion | None
    function: str
    given_id: str | None
    value: str


@dataclass(frozen=True, slots=True)
class AcceptedStart:
    """A start that will run: its instance, and the line and release that serve it."""

    instance_id: str
    line: LineId
    version: str | None
    parked: bool


async def accept(context: Context, request: StartRequest) -> AcceptedStart:
    """Forward the start, or park it.

    Nothing was started when this raises RouterError, except for 503 start-uncertain, with which
    that is unknown.
    """
    check_function(request.function)
    since, settings = context.now(), context.settings
    snapshot, decision = await _resolve(context, request.requested)
    known_at = context.snapshots.trusted_until()
    line = snapshot.lines[decision.line.id if isinstance(decision, Forward) else decision.line]
    with about(line.id):
        admit(line, snapshot, settings.max_lines, settings.monitor_seconds)
        name = request.given_id or instance_id.make(line.id, uuid4().hex)
        start = Start(request.function, name, request.value, since)
        version = request.requested.version if request.requested else None
        way = _Way(context, decision, line, RequestedVersion(line.id, version), known_at)
        is_parked = await (_bring_claimed if request.given_id else _bring)(way, start)
    serves = None if isinstance(decision, Park) else str(decision.release)
    return AcceptedStart(name, line.id, serves, is_parked)


async def _resolve(
    context: Context, requested: RequestedVersion | None
) -> tuple[Snapshot, Forward | Park]:
    """Return where the start belongs, and the snapshot that says so.

    What is not in the snapshot may have been registered since, by this router or another one.
    """
    snapshot = await context.snapshots.get()
    try:
        return snapshot, resolve(requested, snapshot)
    except Refusal:
        snapshot = await context.snapshots.refresh_after_refusal()
        return snapshot, resolve(requested, snapshot)


@dataclass(frozen=True, slots=True)
class _Way:
    """Where a start goes, and until when (monotonic) the snapshot that says so was trusted."""

    context: Context
    decision: Forward | Park
    line: Line
    requested: RequestedVersion
    known_at: float

    async def forward(self, start: Start) -> bool:
        """Return whether the start was forwarded; if not, it is to be parked."""
        if isinstance(self.decision, Park):
            return False
        line, forwarding = self.decision.line, self.context.forwarding
        return await forwarding.send(line, start, known_at=self.known_at) is None


async def _bring(way: _Way, start: Start) -> bool:
    """Forward the start or park it, and return whether it is parked."""
    if await way.forward(start):
        return False
    await parking.park(way.context, start, way.requested)
    return True


async def _bring_claimed(way: _Way, start: Start) -> bool:
    """Do the same for an id that the caller chose, after claiming it."""
    check(start.instance_id, way.line.id)
    context = way.context
    async with claimed(context, start.instance_id, way.line) as held:
        existing = held.existing
        if existing is not None and not may_replace(existing, start.instance_id):
            # Sent, it might be taken for what runs: one that continues as new is created again.
            raise already_exists(start.instance_id)
        start = replace(start, given=True, before=existing.created_at if existing else None)
        if is_free(held.claim, context.now()) and await way.forward(start):
            return False
        if not await parking.park(context, start, way.requested):
            raise already_exists(start.instance_id)
        await _confirm(way, held.claim, start)
        return True


async def _confirm(way: _Way, claim: Claim, start: Start) -> None:
    try:
        await confirm(way.context, claim, ParkedStart(start, way.requested))
    except TRANSIENT_ERRORS as error:
        raise parking.uncertain(start, way.requested) from error
