"""Claims ids that callers give, in the catalog, before anything is started under them.

What may be claimed is decided in router.core.claims; the claim's compare-and-set decides between
those who want it at once. Knows nothing of forwarding and parking.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from router.apps.forwarding import Start
from router.context import Services
from router.domain.errors import PASSING, Changed, Exists, Refusal, Unavailable, Unreadable
from router.domain.instance_id import owner_of
from router.domain.model import Claim, Line, Owner
from router.domain.resource_names import park_id
from router.domain.version import LineId
from router.ports import Orchestrations
from router.starts import cancellation, claim_rules
from router.starts.parked_start import Order

_ATTEMPTS = 5


@contextlib.asynccontextmanager
async def claimed(
    services: Services, name: str, line: Line, run: Orchestrations
) -> AsyncIterator[tuple[Claim, Owner | None]]:
    """A caller's id, this line's own, with the instance that is there under it already.

    When the start is refused the id is again whose it was. Raises Refusal 409 id-taken or
    instance-exists, Unavailable when the id can't be claimed just now.
    """
    claim, there, former = await _claim(services, name, line, run)
    try:
        yield claim, there
    except Refusal:
        with contextlib.suppress(Changed, Unreadable):
            await _give_back(services, claim, former)
        raise


async def _give_back(services: Services, claim: Claim, former: Claim | None) -> None:
    """Not if it was claimed since: a start that is under way may rely on that."""
    if former is None:
        await services.catalog.drop_claim(claim)
    else:
        await services.catalog.replace_claim(replace(former, etag=claim.etag))


async def _claim(
    services: Services, name: str, line: Line, run: Orchestrations
) -> tuple[Claim, Owner | None, Claim | None]:
    try:
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(Changed, Exists):
                return await _attempt(services, name, line, run)
    except Unreadable as error:
        raise _unclaimed() from error
    raise _unclaimed()


async def _attempt(
    services: Services, name: str, line: Line, run: Orchestrations
) -> tuple[Claim, Owner | None, Claim | None]:
    """The written claim, the instance that was there, and the claim that was there before."""
    known = await _known(services, name, run)
    owner = known.owner
    wanted = claim_rules.decide(
        Claim(name, line.id, services.now(), owner.created_at if owner else None),
        line.task_hub,
        known,
        services.settings.in_flight,
    )
    return await _written(services, wanted, known.claim), owner, known.claim


async def _written(services: Services, wanted: Claim, held: Claim | None) -> Claim:
    if held is None:
        return await services.catalog.add_claim(wanted)
    return await services.catalog.replace_claim(wanted)


async def renew(
    services: Services, start: Start, line: LineId, free_from: datetime | None = None
) -> Claim:
    """See that the id of a parked start is its line's still, and stays so from here on.

    Parking may have taken so long that the claim was given up for void meanwhile. Raises Refusal
    409 id-taken when another line has the id now, Unavailable or Unreadable when it is not known.
    """
    for _ in range(_ATTEMPTS):
        with contextlib.suppress(Changed, Exists):
            held = await services.catalog.claim(start.instance_id)
            mine = Claim(start.instance_id, line, services.now(), start.before, free_from)
            return await _written(services, claim_rules.renewed(held, mine), held)
    raise _unclaimed()


async def confirm(services: Services, claim: Claim, order: Order, run: Orchestrations) -> None:
    """See that a claim was not given up for void before its start was parked; an id that was
    another line's is kept free from now on, as the claim may have taken long to be written.

    Refusal 409 id-taken when it was, and then the start is ended.
    """
    free_from = services.now() + services.settings.in_flight if claim.free_from else None
    try:
        await renew(services, order.start, claim.line, free_from)
    except Refusal:
        with contextlib.suppress(*PASSING):  # a lap of the start finds the same
            await cancellation.withdraw(services, order, "Its id was taken", run)
        raise


async def forget(services: Services, name: str, line: Line, run: Orchestrations) -> None:
    """Drop the line's claim of an id if it holds nothing any more; not if it changes meanwhile."""
    known = await _known(services, name, run)
    now, in_flight = services.now(), services.settings.in_flight
    if known.claim is not None and claim_rules.is_void(known, line, now, in_flight):
        await services.catalog.drop_claim(known.claim)


async def _known(services: Services, name: str, run: Orchestrations) -> claim_rules.Known:
    held = await services.catalog.claim(name)
    # The router parks what has no claim only under ids of its own making.
    may_be_parked = held is not None or owner_of(name) is not None
    parked = await run.look(park_id(name)) if may_be_parked else None
    cancellation.check_settled(services, parked)
    is_parked = parked is not None and parked.unfinished
    return claim_rules.Known(held, is_parked, await services.tracking.owner(name))


def _unclaimed() -> Unavailable:
    detail = "The id could not be claimed in the catalog. Nothing was started. Try again shortly."
    return Unavailable("catalog-unavailable", detail)
