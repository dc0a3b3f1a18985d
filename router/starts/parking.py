"""Parked starts: a start that waits durably for its line, and what its lap does.

A parked start is an orchestration of the router whose id follows from the instance's, so parking
twice is parking once. A lap is one activity: wait for the line, see that it is being brought up,
forward. It may be repeated at any point. Knows no HTTP.
"""

import contextlib
import logging
from datetime import timedelta
from typing import Any

from router.apps.forwarding import Start
from router.context import Services
from router.domain.errors import PASSING, Refusal, Unavailable, cause
from router.domain.model import Claim, Line, OperationKind
from router.domain.resource_names import park_id
from router.domain.version import Ask
from router.ports import Orchestrations
from router.routing.rules import Park, Snapshot, resolve
from router.starts import cancellation, claims
from router.starts.cancellation import Standing
from router.starts.claim_rules import is_free
from router.starts.parked_start import Order

ORCHESTRATOR = "parked_start"
_log = logging.getLogger("router.parking")
_TRIED = "tried"
_LAP = 20.0  # seconds that one activity waits for the line before the orchestration's timer does
_PAUSE, _LONGEST_PAUSE = 5.0, 60.0  # seconds that those who find no room leave to their timers


async def park(start: Start, ask: Ask, orchestrations: Orchestrations) -> bool:
    """Make the start durable; False when one of its id is parked already.

    Unavailable 503 start-uncertain when nobody can say whether it is.
    """
    name, order = park_id(start.instance_id), Order(start, ask)
    try:
        return await orchestrations.start(ORCHESTRATOR, name, order.as_dict())
    except Unavailable as error:
        with contextlib.suppress(Unavailable):
            held = await orchestrations.look(name)  # it may be there, and only the answer be lost
            if held is not None and Order.from_dict(held.value) == order:
                return True
        raise uncertain(start, ask) from error


def uncertain(start: Start, ask: Ask) -> Unavailable:
    """503 start-uncertain: with its id it can be asked for again."""
    return Unavailable(
        "start-uncertain",
        f"The start could not be kept for sure, and may run or not. Ask once more for version "
        f"{ask.version or ask.line} under the id {start.instance_id!r}, behind the function's name "
        "in the path: then it runs once.",
        instanceId=start.instance_id,
    )


async def lap(services: Services, order: Order, orchestrations: Orchestrations) -> dict[str, Any]:
    """Try for a while to bring the start to its line.

    `{"state": "forwarded"}`, `{"state": "refused", "detail"}`,
    `{"state": "waiting", "seconds", "why"}`, or `{"state": "withdrawn"}` or `{"state": "over"}`,
    which nobody hears any more: an activity that was done may be delivered once more, and then
    leaves the instance alone.
    """
    try:
        async with services.turns.to_wait() as has_room:
            return await _wait(services, order, orchestrations, _LAP if has_room else 0.0)
    except Refusal as refusal:
        if refusal.status != 404:
            return {"state": "refused", "detail": refusal.detail}
        # Its line was known when it was taken, so the catalog was lost: it will be rebuilt.
        return _stays(services, order, refusal)
    except PASSING as error:  # the line failed, or the catalog is away: this start stays
        return _stays(services, order, error)


def _stays(services: Services, order: Order, why: Exception) -> dict[str, Any]:
    _log.warning("%s stays parked: %s", order.start.instance_id, why)
    return _waiting(services.settings.monitor_seconds, cause(why))


def _waiting(seconds: float, why: str | None) -> dict[str, Any]:
    """`why`: in words for the caller, where it is not that the line is being brought up."""
    return {"state": "waiting", "seconds": seconds, "why": why}


async def _wait(
    services: Services, order: Order, orchestrations: Orchestrations, seconds: float
) -> dict[str, Any]:
    """Look after the line, once and then for so many seconds."""
    deadline = services.ticks() + seconds
    poll = timedelta(seconds=min(services.settings.poll_seconds, 1.0))
    snapshot: Snapshot | None = None
    why: str | None = None
    while snapshot is None or services.ticks() < deadline:
        snapshot = await services.snapshots.newer(snapshot, poll)
        good_at, decision = services.snapshots.good_at(), resolve(order.ask, snapshot)
        if isinstance(decision, Park):
            line = snapshot.lines[decision.line]
            await _bring_up(services, line, decision, orchestrations)
            if line.limited is not None:  # that may take any time
                return _waiting(services.settings.monitor_seconds, line.limited)
            continue
        async with services.turns.to_be_sent(decision.line.id) as is_due:
            if not is_due:
                continue
            outcome = await _forward(services, order, decision.line, good_at, orchestrations)
        if outcome["state"] == Standing.WITHDRAWN:  # others have their turn: it may take long
            await cancellation.take_back(services, decision.line, order, orchestrations)
        if outcome["state"] != _TRIED:
            return outcome
        why = outcome["why"]
    pause = services.settings.poll_seconds if seconds else _pause(services, order)
    return _waiting(pause, why)


def _pause(services: Services, order: Order) -> float:
    """Seconds until one of the others looks again: the more rarely the longer it has waited, for
    a thousand of them must leave room to the operation that they wait for."""
    waited = services.now() - order.start.since
    return min(max(_PAUSE, waited.total_seconds() / 4), _LONGEST_PAUSE)


async def _forward(
    services: Services, order: Order, line: Line, good_at: float, orchestrations: Orchestrations
) -> dict[str, Any]:
    """How the start's waiting ended, or for how long it goes on; or that it was tried in vain."""
    start = order.start
    now = await cancellation.standing(services, order, orchestrations)
    if now is Standing.PARKED:
        if start.given:
            claim = await claims.renew(services, start, line.id)
            if not is_free(claim, services.now()):
                return _until_free(services, claim)
        why_not = await services.forwarding.send(line, start, good_at=good_at, repeated=True)
        now = await cancellation.standing(services, order, orchestrations)
        if now is not Standing.WITHDRAWN:
            return {"state": _TRIED, "why": why_not} if why_not else {"state": "forwarded"}
    return {"state": str(now)}


def _until_free(services: Services, claim: Claim) -> dict[str, Any]:
    left = (claim.free_from or claim.at) - services.now()
    why = "its id was another line's, to whose app something may still be under way"
    return _waiting(max(left.total_seconds(), 0.0), why)


async def _bring_up(
    services: Services, line: Line, wanted: Park, orchestrations: Orchestrations
) -> None:
    """See that the line is on its way to what is wanted; one of those who wait does for all."""
    if line.operation is None:
        kind = OperationKind.PATCH if wanted.patch else OperationKind.PROVISION
        with contextlib.suppress(Refusal):  # somebody else was quicker; the next picture shows it
            await services.operations.begin(line.id, kind, wanted.release, orchestrations)
    elif services.turns.to_look(line.operation):
        await services.operations.resume(await services.operations.line(line.id), orchestrations)
