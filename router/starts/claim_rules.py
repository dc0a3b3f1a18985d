"""Ids that callers give: which line an id belongs to, and when another line may have it.

All lines share one tracking store, where a start of another line under the same id would silently
destroy the first instance. So an id belongs to one line at a time, and changes hands only when
nothing of it is left: no start under way, none parked, no instance that has not ended. Then it is
kept free for a while: what was asked of the former instance may still be under way to its app,
which would do it to the new one. Knows nothing of the stores.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from router.domain.errors import Refusal
from router.domain.instance_id import already_exists, owner_of
from router.domain.instance_status import ENDED
from router.domain.model import Claim, Line, Owner


@dataclass(frozen=True, slots=True)
class KnownId:
    """What is known of an id, read in this order: its claim, whether a start of it is parked, and
    its instance. In another one a start could slip from one to the next unseen."""

    claim: Claim | None
    parked: bool
    owner: Owner | None


def decide(wanted: Claim, task_hub: str, known: KnownId, in_flight: timedelta) -> Claim:
    """The claim to be written, under the etag of the one that is there.

    `wanted`: for a line with this task hub. `in_flight`: how long a start may still arrive after
    its claim, and a change after its owner was looked up. Refusal 409 id-taken when the id is
    another line's, instance-exists when a start of it is parked; what happens to an instance of
    the same line is Durable's own business.
    """
    held, owner = known.claim, known.owner
    if owner is not None and owner.task_hub != task_hub and owner.runtime_status not in ENDED:
        raise _taken(wanted, held)
    if known.parked and (held is None or held.line == wanted.line):
        raise already_exists(wanted.instance_id)
    if held is not None and held.line == wanted.line:
        return replace(wanted, free_from=held.free_from, etag=held.etag)
    if held is not None and not _is_over(held, wanted, known, in_flight):
        raise _taken(wanted, held)
    if held is None and (owner is None or owner.task_hub == task_hub):
        return wanted
    return replace(wanted, free_from=wanted.at + in_flight, etag=held.etag if held else "")


def renewed(held: Claim | None, mine: Claim) -> Claim:
    """The claim of a start that is parked by now, to be written anew under the etag that is there.

    Who looked before it was parked, and took the id for one whose start never came, does not get it
    under the former etag. Refusal 409 id-taken when another line was quicker.
    """
    if held is None:  # lost with the catalog
        return mine
    if held.line != mine.line:
        raise _taken(mine, held)
    return replace(held, at=mine.at, free_from=mine.free_from or held.free_from)


def is_stale(known: KnownId, line: Line, now: datetime, in_flight: timedelta) -> bool:
    """Whether the line's claim holds nothing any more: no instance in its hub, none to come."""
    owner, claim = known.owner, known.claim
    if claim is None or claim.line != line.id or known.parked:
        return False
    if owner is not None and owner.task_hub == line.task_hub:
        return False
    return now - claim.at > in_flight


def is_free(claim: Claim, now: datetime) -> bool:
    """Whether the start that the id is claimed for may be sent already."""
    return claim.free_from is None or claim.free_from <= now


def may_start_over(there: Owner, instance_id: str) -> bool:
    """Whether a start may be sent under an id of its line, given the instance that is there.

    Under an id of the router's own making only one ever is: who gives it asks once more.
    """
    return there.runtime_status in ENDED and owner_of(instance_id) is None


def _is_over(held: Claim, wanted: Claim, known: KnownId, in_flight: timedelta) -> bool:
    """Whether nothing will come any more of the start that the id was claimed for."""
    has_arrived = known.owner is not None and known.owner.created_at != held.before
    if has_arrived:
        return known.owner is not None and known.owner.runtime_status in ENDED
    return not known.parked and wanted.at - held.at > in_flight


def _taken(wanted: Claim, held: Claim | None) -> Refusal:
    store_mismatch = held is not None and held.line != wanted.line
    line = f"line {held.line}" if held is not None and store_mismatch else "another line"
    fields = {"line": str(held.line)} if held is not None and store_mismatch else {}
    return Refusal(
        409,
        "id-taken",
        f"The id {wanted.instance_id!r} belongs to an instance of {line} that has not "
        "ended. Use another id, or wait for its end.",
        **fields,
    )
