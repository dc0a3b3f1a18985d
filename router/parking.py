"""Parked starts: a start that waits durably for its line, and what its lap does.

A parked start is an orchestration of the router whose id follows from the instance's, so parking
twice is parking once. A lap is one activity: wait for the line, see that it is being brought up,
forward. It may be repeated at any point. Knows no HTTP.
"""

import contextlib
import logging
from datetime import timedelta
from typing import Any

from router import claiming, withdrawal
from router.core.errors import PASSING, Refusal
from router.core.model import Line, OperationKind
from router.core.names import park_id
from router.core.route import Park, Snapshot, resolve
from router.core.version import Ask
from router.forwarding import Start
from router.parked import Order
from router.ports import Orchestrations
from router.services import Services
from router.withdrawal import Standing

ORCHESTRATOR = "parked_start"
_log = logging.getLogger("router.parking")
_LAP = 20.0  # seconds that one activity waits for the line before the orchestration's timer does
_PAUSE, _LONGEST_PAUSE = 5.0, 60.0  # seconds that those who find no room leave to their timers


async def park(start: Start, ask: Ask, orchestrations: Orchestrations) -> bool:
    """Make the start durable; False when one of its id is parked already."""
    order = Order(start, ask).as_dict()
    return await orchestrations.start(ORCHESTRATOR, park_id(start.instance_id), order)


async def lap(services: Services, order: Order, orchestrations: Orchestrations) -> dict[str, Any]:
    """Try for a while to bring the start to its line.

    `{"state": "forwarded"}`, `{"state": "refused", "detail"}`, `{"state": "waiting", "seconds"}`,
    or `{"state": "withdrawn"}` or `{"state": "over"}`, which nobody hears any more: an activity
    that was done may be delivered once more, and then leaves the instance alone.
    """
    try:
        async with services.turns.to_wait() as has_room:
            return await _wait(services, order, orchestrations, _LAP if has_room else 0.0)
    except Refusal as refusal:
        if refusal.status != 404:
            return {"state": "refused", "detail": refusal.detail}
        # Its line was known when it was taken, so the catalog was lost: it will be rebuilt.
        _log.warning("%s stays parked: %s", order.start.instance_id, refusal)
        return {"state": "waiting", "seconds": services.settings.monitor_seconds}
    except PASSING as error:  # the line failed, or the catalog is away: this start stays
        _log.warning("%s stays parked: %s", order.start.instance_id, error)
        return {"state": "waiting", "seconds": services.settings.monitor_seconds}


async def _wait(
    services: Services, order: Order, orchestrations: Orchestrations, seconds: float
) -> dict[str, Any]:
    """Look after the line, once and then for so many seconds."""
    deadline = services.ticks() + seconds
    poll = timedelta(seconds=min(services.settings.poll_seconds, 1.0))
    snapshot: Snapshot | None = None
    while snapshot is None or services.ticks() < deadline:
        snapshot = await services.snapshots.newer(snapshot, poll)
        good_at, decision = services.snapshots.good_at(), resolve(order.ask, snapshot)
        if isinstance(decision, Park):
            line = snapshot.lines[decision.line]
            await _bring_up(services, line, decision, orchestrations)
            if line.limited is not None:  # that may take any time
                return {"state": "waiting", "seconds": services.settings.monitor_seconds}
            continue
        async with services.turns.to_be_sent(decision.line.id) as is_due:
            outcome = (
                await _forward(services, order, decision.line, good_at, orchestrations)
                if is_due
                else None
            )
        if outcome == {"state": Standing.WITHDRAWN}:  # others have their turn: it may take long
            await withdrawal.take_back(services, decision.line, order, orchestrations)
        if outcome is not None:
            return outcome
    pause = services.settings.poll_seconds if seconds else _pause(services, order)
    return {"state": "waiting", "seconds": pause}


def _pause(services: Services, order: Order) -> float:
    """Seconds until one of the others looks again: the more rarely the longer it has waited, for
    a thousand of them must leave room to the operation that they wait for."""
    waited = services.now() - order.start.since
    return min(max(_PAUSE, waited.total_seconds() / 4), _LONGEST_PAUSE)


async def _forward(
    services: Services, order: Order, line: Line, good_at: float, orchestrations: Orchestrations
) -> dict[str, Any] | None:
    """How the start's waiting ended; None if it has not."""
    now = await withdrawal.standing(services, order, orchestrations)
    if now is Standing.PARKED:
        if order.start.given:
            await claiming.renew(services, order.start, line.id)
        arrived = await services.forwarding.send(line, order.start, good_at=good_at, repeated=True)
        now = await withdrawal.standing(services, order, orchestrations)
        if now is not Standing.WITHDRAWN:
            return {"state": "forwarded"} if arrived else None
    return {"state": str(now)}


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
