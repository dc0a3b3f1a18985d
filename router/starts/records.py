"""Delete what the router keeps of parked starts that are over.

The record of a start that was forwarded is of no use any more: its instance answers for it. One
that was refused or cancelled is the status that its caller sees, and is kept as long as the
instances of a retired line.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from router import unexpected
from router.context import Context
from router.domain.errors import TRANSIENT_ERRORS
from router.domain.instance_id import owner_of
from router.domain.model import Orchestration
from router.ports import Kept, KeptInput
from router.starts.cancellation import ensure_settled
from router.starts.outcomes import rejection
from router.starts.parked_start import ParkedStart, park_id

_FORWARDED, _ENDED, _WAITING = 200, 50, 500  # how many are checked at a time
_APART = 600.0  # seconds between two checks of those that wait
_CONCURRENCY = 8
_LONG = timedelta(hours=1)  # after which something that waits may have been left behind
_log = logging.getLogger("router.starts")


async def delete_old_records(context: Context) -> None:
    """Delete some records of starts that are over. What is left is found the next time."""
    now, inputs = context.now(), context.parked_inputs
    retention = context.settings.retention_seconds
    due = now - timedelta(seconds=retention) if retention else None
    with contextlib.suppress(*TRANSIENT_ERRORS):
        await _each(context, await inputs.older(Kept.FORWARDED, now, _FORWARDED), _delete_if_over)
        if due is not None:
            await _each(context, await inputs.older(Kept.ENDED, due, _ENDED), _delete_if_over)
        if context.limits.may_check(Kept.WAITING, _APART):
            waiting = await inputs.older(Kept.WAITING, now - _LONG, _WAITING)
            await _each(context, waiting, partial(_check_waiting, due=due))


async def delete_record(context: Context, instance_id: str) -> None:
    """Delete the record of a start that has ended. Raises Unavailable 503 id-withdrawn too early.

    That is while an attempt at it may not have seen its end yet.
    """
    held = await context.orchestrations.get(park_id(instance_id))
    if held is None or held.unfinished:
        return
    ensure_settled(context, held)
    await context.orchestrations.purge(park_id(instance_id))
    if reference := ParkedStart.from_dict(held.value).reference:
        await context.parked_inputs.delete(reference)


async def _each(
    context: Context,
    found: Sequence[KeptInput],
    check: Callable[[Context, KeptInput], Awaitable[None]],
) -> None:
    slots = asyncio.Semaphore(_CONCURRENCY)

    async def one(kept: KeptInput) -> None:
        try:
            async with slots:
                await check(context, kept)
        except TRANSIENT_ERRORS as error:
            _log.info("the record of %s is deleted later: %s", kept.instance_id, error)
        except Exception as error:  # noqa: BLE001 - one record must not keep the others
            unexpected.log(f"deleting the record of {kept.instance_id}", error)

    await asyncio.gather(*map(one, found))


async def _delete_if_over(context: Context, kept: KeptInput) -> None:
    """Delete the record of a start that is over, or of a caller's id what refers to the start.

    A new start may be parked under a caller's id at this very moment, in the same record.
    """
    held = await _held(context, kept)
    if held is not None and held.unfinished:
        return
    if held is not None and owner_of(kept.instance_id) is not None:
        await delete_record(context, kept.instance_id)
    else:
        await context.parked_inputs.delete(kept.reference)


async def _check_waiting(context: Context, kept: KeptInput, due: datetime | None) -> None:
    """Repair what an interrupted call left behind: an input whose start does not wait.

    One without an orchestration is kept for long, because the router may be at a wrong hub.
    """
    held = await _held(context, kept)
    if held is None:
        if due is not None and kept.at < due:
            await context.parked_inputs.delete(kept.reference)
    elif not held.unfinished:
        shown = held.runtime_status == "Terminated" or rejection(held.output) is not None
        await context.parked_inputs.keep(kept.reference, Kept.ENDED if shown else Kept.FORWARDED)


async def _held(context: Context, kept: KeptInput) -> Orchestration | None:
    """Return the orchestration that refers to this input, or None."""
    held = await context.orchestrations.get(park_id(kept.instance_id))
    if held is None or ParkedStart.from_dict(held.value).reference != kept.reference:
        return None
    return held
