"""Takes starts: decides where one belongs, forwards it or parks it. One of the two, always.

A start is answered only when its instance exists or its parking is durable. Knows no HTTP.
"""

from dataclasses import dataclass, replace
from uuid import uuid4

from router.apps.forwarding import Start
from router.context import Services
from router.domain import instance_id
from router.domain.errors import PASSING, Refusal, about
from router.domain.instance_id import check, check_function
from router.domain.model import Claim, Line
from router.domain.version import Ask, LineId
from router.ports import Orchestrations
from router.routing.rules import Forward, Park, Snapshot, admit, resolve
from router.starts import parking
from router.starts.claim_rules import already_there, is_free, may_follow
from router.starts.claims import claimed, confirm
from router.starts.parked_start import Order


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller sent: `given_id` None asks the router for an id; `value` is JSON text."""

    ask: Ask | None
    function: str
    given_id: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A start that will run: its instance, and the line and release that serve it."""

    instance_id: str
    line: LineId
    version: str | None
    parked: bool


async def take(services: Services, wanted: Wanted, orchestrations: Orchestrations) -> Taken:
    """Forward the start, or park it. Raises RouterError, and then nothing was started; except that
    with 503 start-uncertain nobody knows."""
    check_function(wanted.function)
    asked_at = services.now()
    picture, decision = await _resolved(services, wanted.ask)
    good_at = services.snapshots.good_at()
    line = picture.lines[decision.line.id if isinstance(decision, Forward) else decision.line]
    settings = services.settings
    with about(line.id):
        admit(line, picture, settings.max_lines, settings.monitor_seconds)
        name = wanted.given_id or instance_id.make(line.id, uuid4().hex)
        start = Start(wanted.function, name, wanted.value, asked_at)
        ask = Ask(line.id, wanted.ask.version if wanted.ask else None)
        way = _Way(services, decision, line, ask, good_at)
        is_parked = await (_bring_own if wanted.given_id else _bring)(way, start, orchestrations)
    version = None if isinstance(decision, Park) else str(decision.release)
    return Taken(name, line.id, version, is_parked)


async def _resolved(services: Services, ask: Ask | None) -> tuple[Snapshot, Forward | Park]:
    """Where the start belongs, and the picture that says so. What is not in the picture may have
    been registered since it was read, by this router or another one."""
    picture = await services.snapshots.get()
    try:
        return picture, resolve(ask, picture)
    except Refusal:
        picture = await services.snapshots.second_look()
        return picture, resolve(ask, picture)


@dataclass(frozen=True, slots=True)
class _Way:
    """Where starts go, and until when (ticks) the picture was good that says so."""

    services: Services
    decision: Forward | Park
    line: Line
    ask: Ask
    good_at: float


async def _bring_own(way: _Way, start: Start, orchestrations: Orchestrations) -> bool:
    """The same for an id that the caller gave: it is claimed first."""
    check(start.instance_id, way.line.id)
    services = way.services
    async with claimed(services, start.instance_id, way.line, orchestrations) as (claim, there):
        if there is not None and not may_follow(there, start.instance_id):
            # Sent, it might be taken for what runs: one that continues as new is made anew.
            raise already_there(start.instance_id)
        start = replace(start, given=True, before=there.created_at if there else None)
        if is_free(claim, services.now()) and await _is_forwarded(way, start):
            return False
        if not await parking.park(start, way.ask, orchestrations):
            raise already_there(start.instance_id)
        await _confirmed(way, claim, start, orchestrations)
        return True


async def _confirmed(way: _Way, claim: Claim, start: Start, run: Orchestrations) -> None:
    try:
        await confirm(way.services, claim, Order(start, way.ask), run)
    except PASSING as error:
        raise parking.uncertain(start, way.ask) from error


async def _bring(way: _Way, start: Start, orchestrations: Orchestrations) -> bool:
    """Forward the start or park it; whether it is parked."""
    if await _is_forwarded(way, start):
        return False
    await parking.park(start, way.ask, orchestrations)
    return True


async def _is_forwarded(way: _Way, start: Start) -> bool:
    if isinstance(way.decision, Park):
        return False
    why_not = await way.services.forwarding.send(way.decision.line, start, good_at=way.good_at)
    return why_not is None
