"""Cancel a parked start: end its orchestration, and its instance if it arrives nevertheless.

Whichever side acts last sees the other. An attempt that is forwarding the start checks for the end
of its orchestration after it has sent the start, and `cancel` checks for the instance after that
end. For a while afterwards the start may still arrive and be terminated, so its id stays reserved
until then.
"""

import asyncio
import contextlib
import logging
from datetime import timedelta
from enum import StrEnum
from math import ceil

from router.apps.spec import new_line
from router.context import Context
from router.domain.errors import TRANSIENT_ERRORS, PlatformFailed, Unavailable, Unreadable
from router.domain.model import Line, Orchestration
from router.ports import Kept
from router.starts.parked_start import ParkedStart

_PATIENCE = 10.0  # seconds to wait for the end of an orchestration
_LONGEST_POLL = 0.2  # seconds between two checks for it
_TERMINATING = timedelta(seconds=30)  # how long to try to terminate a late arrival
_INTERVAL = timedelta(seconds=1)  # between two attempts
_REASON = "Terminated while it was parked"
_log = logging.getLogger("router.starts")


class ParkedState(StrEnum):
    """The state of a start as one attempt at it sees it, which may be delivered long afterwards."""

    PARKED = "parked"
    CANCELLED = "cancelled"  # its orchestration was ended before it recorded an arrival
    OVER = "over"  # it has arrived or was rejected, or its id belongs, or may belong, to another


async def cancel(context: Context, parked: ParkedStart, reason: str) -> bool:
    """End a parked start, or return False if it has arrived or may still, to be retried."""
    if await state_of(context, parked) is ParkedState.PARKED:
        await context.orchestrations.terminate(parked.orchestration_id, reason)
    deadline = context.monotonic() + _PATIENCE
    poll = min(context.settings.poll_seconds, _LONGEST_POLL)
    while await state_of(context, parked) is ParkedState.PARKED:
        if context.monotonic() > deadline:
            return False
        await asyncio.sleep(poll)
    if await has_arrived(context, parked):
        return False
    if parked.reference:
        with contextlib.suppress(Unreadable):  # found later: see records
            await context.parked_inputs.keep(parked.reference, Kept.ENDED)
    return True


async def has_arrived(context: Context, parked: ParkedStart) -> bool:
    """Return whether the start's instance exists, also if its line's row was lost."""
    line_id = parked.requested.line
    line = (await context.snapshots.last_known()).lines.get(line_id)
    named = line or new_line(context.settings, line_id, context.now())
    return await context.forwarding.has_arrived(named, parked.start)


async def state_of(context: Context, parked: ParkedStart) -> ParkedState:
    """Return the current state of this start."""
    held = await context.orchestrations.get(parked.orchestration_id)
    if held is None or ParkedStart.from_dict(held.value) != parked:
        return ParkedState.OVER
    if held.unfinished:
        return ParkedState.PARKED
    within = context.settings.in_flight + _TERMINATING
    is_recent = _seconds_left(context, held, within) > 0
    return ParkedState.CANCELLED if is_recent else ParkedState.OVER


def ensure_settled(context: Context, held: Orchestration | None) -> None:
    """Raise Unavailable 503 id-withdrawn while a cancelled start may still arrive."""
    # The last request to terminate it is in flight for no longer than a start.
    left = _seconds_left(context, held, 2 * context.settings.in_flight + _TERMINATING)
    if left > 0:
        raise Unavailable(
            "id-withdrawn",
            "A start with this id was terminated while it was parked, and may still arrive and be "
            "terminated. Nothing was done. Use another id, or retry later.",
            retry_after=ceil(left),
        )


async def terminate_late_arrival(context: Context, line: Line, parked: ParkedStart) -> None:
    """Terminate the instance of a start that was cancelled while it was being forwarded."""
    arrived = False
    with contextlib.suppress(*TRANSIENT_ERRORS):
        arrived = await context.forwarding.has_arrived(line, parked.start)
    if not arrived:
        await asyncio.sleep(context.settings.margin_seconds)  # the last attempt may be late
    for _ in range(_TERMINATING // _INTERVAL):
        try:
            if await _is_settled(context, line, parked):
                return
        except (*TRANSIENT_ERRORS, PlatformFailed) as error:
            _log.warning("%s could not be terminated: %s", parked.start.instance_id, error)
        await asyncio.sleep(_INTERVAL.total_seconds())
    _log_may_run(parked)


async def _is_settled(context: Context, line: Line, parked: ParkedStart) -> bool:
    """Terminate the instance if it arrived. Return True once nothing is left to terminate."""
    name = parked.start.instance_id
    async with context.apps.before(context.apps.deadline()):
        if await state_of(context, parked) is not ParkedState.CANCELLED:
            _log_may_run(parked)
            return True  # the instance may belong to another start
        owner = await context.stores.tracking(line).owner(name)
        if owner is None or owner.created_at == parked.start.before:
            return True
        if owner.task_hub != line.task_hub:  # the id has passed to another line
            return True
        answer = await context.apps.terminate(line, name, _REASON)
    return answer.status in (202, 404, 410)


def _log_may_run(parked: ParkedStart) -> None:
    name = parked.start.instance_id
    _log.error("%s may run although it was terminated while it was parked", name)


def _seconds_left(context: Context, held: Orchestration | None, within: timedelta) -> float:
    """Return how much of `within` is left since a start was cancelled, or 0 for any other."""
    if held is None or held.runtime_status != "Terminated" or held.updated_at is None:
        return 0.0
    return max((held.updated_at + within - context.now()).total_seconds(), 0.0)
