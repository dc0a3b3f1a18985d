"""Ends a start that is parked: its orchestration, and the instance if it arrives nevertheless.

Whoever is last sees the other. A lap that is in flight looks for the end of its orchestration
after it has sent the start; here the instance is looked for after that end. Owns how long something
of the start may come after that end: until then nobody else has its id, for it would be ended in
its place. Knows neither how a start is sent nor who wants its end.
"""

import asyncio
import contextlib
import logging
from datetime import timedelta
from enum import StrEnum
from math import ceil

from router.apps.client import in_time, known_until, terminate
from router.context import Services
from router.domain.errors import PASSING, PlatformFailed, Unavailable
from router.domain.model import Line, Orchestration
from router.domain.resource_names import park_id
from router.ports import Orchestrations
from router.starts.parked_start import Order

_PATIENCE = 10.0  # seconds that the end of an orchestration is waited for
_GLANCE = 0.2  # seconds between two looks for it
_TAKING_BACK = timedelta(seconds=30)  # for which it is tried to end what arrived nevertheless
_APART = timedelta(seconds=1)  # between two attempts at it
_REASON = "Terminated while it was parked"
_log = logging.getLogger("router.withdrawal")


async def withdraw(services: Services, order: Order, reason: str, run: Orchestrations) -> bool:
    """End a parked start; False when it has arrived nevertheless, or may still: ask again then."""
    name = park_id(order.start.instance_id)
    if await standing(services, order, run) is Standing.PARKED:
        await run.terminate(name, reason)
    deadline = services.ticks() + _PATIENCE
    while await standing(services, order, run) is Standing.PARKED:  # not one that is since
        if services.ticks() > deadline:
            return False
        await asyncio.sleep(_GLANCE)
    return not await services.forwarding.is_there(order.start)


class Standing(StrEnum):
    """How a start stands to a lap of it, which may be delivered once more when all is over."""

    PARKED = "parked"
    WITHDRAWN = "withdrawn"  # its orchestration was ended before it told that the start arrived
    OVER = "over"  # it has arrived or was refused, or its id is another's by now, or may be


async def standing(services: Services, order: Order, run: Orchestrations) -> Standing:
    """How this start stands now."""
    held = await run.look(park_id(order.start.instance_id))
    if held is None or Order.from_dict(held.value) != order:
        return Standing.OVER
    if held.unfinished:
        return Standing.PARKED
    within = services.settings.in_flight + _TAKING_BACK
    return Standing.WITHDRAWN if _left(services, held, within) > 0 else Standing.OVER


def check_settled(services: Services, held: Orchestration | None) -> None:
    """Unavailable 503 id-withdrawn while something may come of a start that was parked so."""
    # The last request for its end is under way no longer than a start is.
    left = _left(services, held, 2 * services.settings.in_flight + _TAKING_BACK)
    if left > 0:
        raise Unavailable(
            "id-withdrawn",
            "A start of this id was terminated while it was parked, and may still arrive to be "
            "ended. Nothing was done. Use another id, or try again later.",
            retry_after=ceil(left),
        )


def _left(services: Services, held: Orchestration | None, within: timedelta) -> float:
    """Seconds that are left of so long since the end of a withdrawn start; 0 for any other."""
    if held is None or held.runtime_status != "Terminated" or held.updated_at is None:
        return 0.0
    return max((held.updated_at + within - services.now()).total_seconds(), 0.0)


async def take_back(services: Services, line: Line, order: Order, run: Orchestrations) -> None:
    """End the instance of a start that was withdrawn while it was being forwarded."""
    name = order.start.instance_id
    has_arrived = False
    with contextlib.suppress(*PASSING):
        has_arrived = await services.forwarding.is_there(order.start)
    if not has_arrived:
        await asyncio.sleep(services.settings.margin_seconds)  # the last attempt may be late
    for _ in range(_TAKING_BACK // _APART):
        try:
            async with in_time(known_until(services)):
                if await standing(services, order, run) is not Standing.WITHDRAWN:
                    break  # what is there may be another's
                owner = await services.tracking.owner(name)
                if owner is None or owner.created_at == order.start.before:
                    return
                if owner.task_hub != line.task_hub:  # it gave way to another line's
                    return
                answer = await terminate(services, line, name, _REASON)
            if answer.status in (202, 404, 410):
                return
        except (*PASSING, PlatformFailed) as error:
            _log.warning("%s could not be terminated: %s", name, error)
        await asyncio.sleep(_APART.total_seconds())
    _log.error("%s may run although it was terminated while it was parked", name)
