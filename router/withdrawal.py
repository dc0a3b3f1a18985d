"""Ends a start that is parked: its orchestration, and the instance if it arrives nevertheless.

Whoever is last sees the other. A lap that is in flight looks for the end of its orchestration
after it has sent the start; here the instance is looked for after that end. Knows neither how a
start is sent nor who wants its end.
"""

import asyncio
import logging
from enum import StrEnum

from router.core.errors import PASSING
from router.core.model import Line
from router.core.names import park_id
from router.forwarding import Start
from router.parked import Order
from router.ports import Orchestrations
from router.services import Services

_PATIENCE = 10.0  # seconds that the end of an orchestration is waited for
_GLANCE = 0.2  # seconds between two looks for it
_ATTEMPTS = 10
_log = logging.getLogger("router.withdrawal")


async def withdraw(services: Services, start: Start, reason: str, run: Orchestrations) -> bool:
    """End a parked start; False when it has arrived nevertheless, or may still: ask again then."""
    name = park_id(start.instance_id)
    await run.terminate(name, reason)
    deadline = services.ticks() + _PATIENCE
    while (held := await run.look(name)) is not None and held.unfinished:
        if services.ticks() > deadline:
            return False
        await asyncio.sleep(_GLANCE)
    return not await services.forwarding.is_there(start)


class Standing(StrEnum):
    """How a start stands to a lap of it, which may be delivered once more when all is over."""

    PARKED = "parked"
    WITHDRAWN = "withdrawn"  # its orchestration was ended before it told that the start arrived
    OVER = "over"  # it has arrived or was refused, or its id is another's by now


async def standing(order: Order, run: Orchestrations) -> Standing:
    """How this start stands now."""
    held = await run.look(park_id(order.start.instance_id))
    if held is None or Order.from_dict(held.value) != order:
        return Standing.OVER
    if held.unfinished:
        return Standing.PARKED
    return Standing.WITHDRAWN if held.runtime_status == "Terminated" else Standing.OVER


async def take_back(services: Services, line: Line, start: Start) -> None:
    """End the instance of a start that was withdrawn while it was being forwarded."""
    if not await services.forwarding.is_there(start):
        await asyncio.sleep(services.settings.margin_seconds)  # the last attempt may be late
    for _ in range(_ATTEMPTS):
        try:
            if not await services.forwarding.is_there(start) or await _is_told(
                services, line, start
            ):
                return
        except PASSING as error:
            _log.warning("%s could not be terminated: %s", start.instance_id, error)
        await asyncio.sleep(services.settings.poll_seconds)
    _log.error("%s runs although it was terminated while it was parked", start.instance_id)


async def _is_told(services: Services, line: Line, start: Start) -> bool:
    route = await services.forwarding.route(line)
    path = f"instances/{start.instance_id}/terminate"
    reason = {"reason": "Terminated while it was parked"}
    answer = await services.upstream.manage(route, "POST", path, reason, b"")
    if answer.status == 401:
        services.keys.forget(line.function_app)
    return answer.status in (202, 404, 410)
