"""Decide which line owns an instance id that a caller chose, and when another line may have it.

Requests name an instance by its id alone, and where lines share their tables, a start on another
line under the same id would silently destroy the first instance. An id therefore belongs to one
line at a time. Another line gets it only when no start of it is in flight, none is parked, and its
instance has ended. The id then stays unused for a while, because a request for the former instance
may still be on its way to the former line's app, which would apply it to the new instance if their
tables are the same.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from router.domain.errors import Refusal
from router.domain.instance_id import already_exists, owner_of, still_parked
from router.domain.instance_status import ENDED
from router.domain.model import Claim, Line, Owner
from router.domain.version import LineId


@dataclass(frozen=True, slots=True)
class KnownId:
    """The state of an id, read in the order of the fields.

    In any other order, a start could move from one to the next without being seen. `parked`: the
    line of the start that is parked under the id. `owner`: the instance that the id names.
    `existing`: the one in the tables of the line that wants the id, which may be another.
    """

    claim: Claim | None
    parked: LineId | None
    owner: Owner | None
    existing: Owner | None = None


def decide(wanted: Claim, task_hub: str, known: KnownId, in_flight: timedelta) -> Claim:
    """Return the claim to write, under the etag of the existing one.

    An existing instance of the same line is left to Durable.

    Args:
        wanted: The claim of the line that has the task hub `task_hub`.
        known: The state of the id.
        in_flight: For how long a start may arrive after its claim was written, and a change after
            the owner of its instance was read.

    Raises:
        Refusal: 409 id-taken when the id belongs to another line, or 409 instance-exists when a
            start with this id is parked.
        Unavailable: 503 instance-parked when the instance has ended, and the orchestration that
            parked its start has not recorded yet that the start arrived; or when a start of
            another line, which the id has left since, is still parked.
    """
    held, owner = known.claim, known.owner
    if owner is not None and owner.task_hub != task_hub and owner.runtime_status not in ENDED:
        raise _taken(wanted, held)
    if known.parked and held is not None and _has_run(held, owner):
        raise still_parked(held.instance_id, held.line)
    if known.parked and held is not None and held.line == wanted.line != known.parked:
        raise still_parked(wanted.instance_id, known.parked)  # it will be cancelled
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
    """Return the claim of a start that is now parked, to be written under the current etag.

    The new etag defeats a request that read the claim before the start was parked and assumed that
    the start never arrived. Raises Refusal 409 id-taken when another line has the id.
    """
    if held is None:  # lost with the catalog
        return mine
    if held.line != mine.line:
        raise _taken(mine, held)
    return replace(held, at=mine.at, free_from=mine.free_from or held.free_from)


def is_stale(known: KnownId, line: Line, now: datetime, in_flight: timedelta) -> bool:
    """Return True if the line has no instance of the id and none can still arrive."""
    owner, claim = known.owner, known.claim
    if claim is None or claim.line != line.id or known.parked:
        return False
    if owner is not None and owner.task_hub == line.task_hub:
        return False
    return now - claim.at > in_flight


def is_free(claim: Claim, now: datetime) -> bool:
    """Return True if the start that the id is claimed for may be sent now."""
    return claim.free_from is None or claim.free_from <= now


def may_replace(existing: Owner, instance_id: str) -> bool:
    """Return True if a start may replace the existing instance of its line.

    An id that the router made is started only once: a caller who sends one is retrying
    that start.
    """
    return existing.runtime_status in ENDED and owner_of(instance_id) is None


def _has_run(held: Claim, owner: Owner | None) -> bool:
    """Return True if the start of a claimed id arrived and its instance has ended.

    Never true of an id that the router made, because that is not used twice.
    """
    if owner is None or owner.created_at == held.before:
        return False
    return may_replace(owner, held.instance_id)


def _is_over(held: Claim, wanted: Claim, known: KnownId, in_flight: timedelta) -> bool:
    """Return True if the start that the id was claimed for has ended or can no longer arrive."""
    owner = known.owner
    if owner is not None and owner.created_at != held.before:
        return owner.runtime_status in ENDED
    return not known.parked and wanted.at - held.at > in_flight


def _taken(wanted: Claim, held: Claim | None) -> Refusal:
    # Without a claim of another line, the instance was created there by an orchestration.
    holder = held.line if held is not None and held.line != wanted.line else None
    detail = (
        f"The id {wanted.instance_id!r} belongs to an instance of "
        f"{f'line {holder}' if holder else 'another line'} that has not ended. "
        "Use another id, or wait until it has ended."
    )
    fields = {"line": str(holder)} if holder else {}
    return Refusal(409, "id-taken", detail, **fields)
