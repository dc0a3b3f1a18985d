"""Claim the instance ids that callers choose, in the catalog, before anything is started.

`claim_rules` decides what may be claimed. The compare-and-set on the claim decides between
requests that want it at the same time.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime

from router.apps.forwarding import Start
from router.context import Context
from router.domain.errors import (
    TRANSIENT_ERRORS,
    Changed,
    Exists,
    Refusal,
    Unavailable,
    Unreadable,
)
from router.domain.instance_id import owner_of
from router.domain.model import Claim, Line, Owner
from router.domain.version import LineId
from router.starts import cancellation, claim_rules
from router.starts.parked_start import ParkedStart, park_id

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Claimed:
    """A written claim, the instance that already existed under the id, and the claim before."""

    claim: Claim
    existing: Owner | None
    former: Claim | None


@contextlib.asynccontextmanager
async def claimed(context: Context, name: str, line: Line) -> AsyncIterator[Claimed]:
    """Claim an id for the line, and restore the former claim if the start is refused.

    Raises:
        Refusal: 409 id-taken or instance-exists.
        Unavailable: the id cannot be claimed at the moment.
    """
    written = await _claim(context, name, line)
    try:
        yield written
    except Refusal:
        with contextlib.suppress(Changed, Unreadable):
            await _release(context, written)
        raise


async def renew(
    context: Context, start: Start, line: LineId, free_from: datetime | None = None
) -> Claim:
    """Ensure that the id of a parked start belongs to its line and continues to.

    Parking may have taken so long that the claim became stale.

    Raises:
        Refusal: 409 id-taken, when another line has the id now.
        Unavailable, Unreadable: when that cannot be determined.
    """
    for _ in range(_ATTEMPTS):
        with contextlib.suppress(Changed, Exists):
            held = await context.catalog.claim(start.instance_id)
            mine = Claim(start.instance_id, line, context.now(), start.before, free_from)
            return await _write(context, claim_rules.renewed(held, mine), held)
    raise _unclaimed()


async def confirm(context: Context, claim: Claim, parked: ParkedStart) -> None:
    """Ensure that the claim did not become stale before its start was parked.

    An id that was another line's is kept free from now on, because writing the claim may have taken
    long. Raises Refusal 409 id-taken, after cancelling the start, when another line has the id.
    """
    free_from = context.now() + context.settings.in_flight if claim.free_from else None
    try:
        await renew(context, parked.start, claim.line, free_from)
    except Refusal:
        with contextlib.suppress(*TRANSIENT_ERRORS):  # the next attempt at the start finds the same
            await cancellation.cancel(context, parked, "Its id was taken")
        raise


async def drop_if_stale(context: Context, name: str, line: Line) -> None:
    """Drop the line's claim of an id that is no longer in use, unless it changes concurrently."""
    known = await _known(context, name, line)
    now, in_flight = context.now(), context.settings.in_flight
    if known.claim is not None and claim_rules.is_stale(known, line, now, in_flight):
        await context.catalog.drop_claim(known.claim)


async def _claim(context: Context, name: str, line: Line) -> Claimed:
    try:
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(Changed, Exists):
                return await _attempt(context, name, line)
    except Unreadable as error:
        raise _unclaimed() from error
    raise _unclaimed()


async def _attempt(context: Context, name: str, line: Line) -> Claimed:
    known = await _known(context, name, line)
    existing = known.existing
    wanted = claim_rules.decide(
        Claim(name, line.id, context.now(), existing.created_at if existing else None),
        line.task_hub,
        known,
        context.settings.in_flight,
    )
    return Claimed(await _write(context, wanted, known.claim), existing, known.claim)


async def _write(context: Context, wanted: Claim, held: Claim | None) -> Claim:
    if held is None:
        return await context.catalog.add_claim(wanted)
    return await context.catalog.replace_claim(wanted)


async def _release(context: Context, written: Claimed) -> None:
    """Restore the former claim, unless a start has claimed the id since and relies on that."""
    if written.former is None:
        await context.catalog.drop_claim(written.claim)
    else:
        await context.catalog.replace_claim(replace(written.former, etag=written.claim.etag))


async def _known(context: Context, name: str, line: Line) -> claim_rules.KnownId:
    held = await context.catalog.claim(name)
    # Starts without a claim are parked only under ids that the router made.
    may_be_parked = held is not None or owner_of(name) is not None
    parked = await context.orchestrations.get(park_id(name)) if may_be_parked else None
    cancellation.ensure_settled(context, parked)
    parked_for = None
    if parked is not None and parked.unfinished:
        parked_for = ParkedStart.from_dict(parked.value).requested.line
    existing = await context.stores.tracking(line).owner(name)
    holder = await _other_holder(context, held, line)
    owner = existing if holder is None else await context.stores.tracking(holder).owner(name)
    return claim_rules.KnownId(held, parked_for, owner, existing)


async def _other_holder(context: Context, held: Claim | None, line: Line) -> Line | None:
    """Return the other line that holds the id, if its rows are in other tables."""
    if held is None or held.line == line.id:
        return None
    holder = await context.catalog.line(held.line)
    return None if holder is None or context.stores.are_one(holder, line) else holder


def _unclaimed() -> Unavailable:
    detail = "The id could not be claimed in the catalog. Nothing was started. Retry shortly."
    return Unavailable("catalog-unavailable", detail)
