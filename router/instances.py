"""Answers for one instance, of any line: its status, and what is done to it.

A status is read where it is stored, so it outlives the app. What changes an instance goes to the
one app that owns it: any other would run it with its own code. Knows no HTTP types.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router import parking
from router.core.errors import Refusal, Unavailable
from router.core.instance_id import check, owner_of
from router.core.instance_status import UNFINISHED
from router.core.model import Line
from router.core.names import park_id
from router.core.states import SERVES, Starts
from router.core.version import LineId
from router.ports import Answer, Orchestrations, StatusQuery
from router.services import Services

_BRINGS_WORK = ("/restart", "/rewind")  # to an instance that has ended: a start by another name


@dataclass(frozen=True, slots=True)
class Change:
    """One request of Durable's management API: `tail` is what stands behind the instance's id."""

    method: str
    tail: str
    query: Mapping[str, str]
    body: bytes


async def status(
    services: Services, instance_id: str, query: StatusQuery, orchestrations: Orchestrations
) -> dict[str, Any]:
    """The instance in Durable's shape, parked ones included; Refusal 404 unknown-instance."""
    check(instance_id)
    found = await services.tracking.status(instance_id, query)
    if found is None:
        found = await _parked(services, instance_id, orchestrations)
    if found is None:  # it may have arrived between the two looks
        found = await services.tracking.status(instance_id, query)
    if found is None:
        raise _unknown(instance_id)
    return found


async def change(
    services: Services, instance_id: str, wanted: Change, orchestrations: Orchestrations
) -> tuple[Answer, LineId]:
    """Have the owning app do it; its answer (2xx) and its line. Raises RouterError otherwise."""
    check(instance_id)
    line = await line_of(services, instance_id)
    if line is not None and await _purged(services, instance_id, wanted, line):
        return Answer(200, {}, b'{"instancesDeleted": 1}'), line.id
    if line is None or SERVES[line.state] is not Starts.FORWARDED:
        raise await _not_served(services, instance_id, line, orchestrations)
    if wanted.tail in _BRINGS_WORK and not await services.forwarding.noted(line):
        raise _still_parked(instance_id, line.id)
    path = f"instances/{instance_id}{wanted.tail}"
    answer = await _manage(services, line, wanted, path)
    if answer.status == 404 and await orchestrations.unfinished(park_id(instance_id)):
        raise _still_parked(instance_id, line.id)
    if answer.status >= 400:
        raise _refused(answer, instance_id, wanted.tail)
    return answer, line.id


async def line_of(services: Services, instance_id: str) -> Line | None:
    """The line that owns an id: the id itself says, or its claim, or its row's task hub."""
    snapshot = await services.snapshots.get()
    line_id = owner_of(instance_id)
    if line_id is None and (claim := await services.catalog.claim(instance_id)) is not None:
        line_id = claim.line
    if line_id is not None:
        return snapshot.lines.get(line_id)
    owner = await services.tracking.owner(instance_id)
    lines = snapshot.lines.values()
    return next((each for each in lines if owner and each.task_hub == owner.task_hub), None)


async def _purged(services: Services, instance_id: str, wanted: Change, line: Line) -> bool:
    """Whether the router itself has purged an ended instance whose line has no app to do so."""
    is_purge = wanted.method == "DELETE" and not wanted.tail
    if not is_purge or SERVES[line.state] is Starts.FORWARDED:
        return False
    return await services.tracking.purge(instance_id)


async def _manage(services: Services, line: Line, wanted: Change, path: str) -> Answer:
    for _ in range(2):
        route = await services.forwarding.route(line)
        answer = await services.upstream.manage(
            route, wanted.method, path, wanted.query, wanted.body
        )
        if answer.status != 401:
            break
        services.keys.forget(line.function_app)
    return answer


async def _parked(
    services: Services, instance_id: str, orchestrations: Orchestrations
) -> dict[str, Any] | None:
    held = await orchestrations.unfinished(park_id(instance_id))
    if held is None:
        return None
    return await parking.status(services, parking.Order.from_dict(held))


async def _not_served(
    services: Services, instance_id: str, line: Line | None, orchestrations: Orchestrations
) -> Refusal | Unavailable:
    owner = await services.tracking.owner(instance_id)
    if owner is not None and owner.runtime_status not in UNFINISHED:
        return _ended(instance_id)
    if owner is None and not await orchestrations.unfinished(park_id(instance_id)):
        return _unknown(instance_id)
    return _still_parked(instance_id, line.id if line else None)


def _refused(answer: Answer, instance_id: str, tail: str) -> Refusal | Unavailable:
    """What the app's refusal means to the caller; `tail` is what was asked of the instance."""
    match answer.status, tail:
        case (404, _) | (400, "/restart"):
            return _unknown(instance_id)
        case 410, _:
            return _ended(instance_id)
        case 409, _:
            return Refusal(409, "instance-exists", f"Instance {instance_id!r} runs already.")
        case (412, _) | (500, "/suspend" | "/resume"):  # Durable's word for "is so already"
            status = 412 if answer.status == 412 else 409
            detail = f"Instance {instance_id!r} is not in a status that allows this."
            return Refusal(status, "wrong-status", detail)
        case 400, _:
            detail = "The app refused the request. An event's body must be JSON."
            return Refusal(400, "bad-request", detail)
    detail = f"The app of {instance_id!r} answered {answer.status}. Try again shortly."
    return Unavailable("upstream-unavailable", detail, status=502)


def _unknown(instance_id: str) -> Refusal:
    detail = f"There is no instance {instance_id!r}. It never started, or it was purged."
    return Refusal(404, "unknown-instance", detail)


def _ended(instance_id: str) -> Refusal:
    return Refusal(410, "instance-ended", f"Instance {instance_id!r} has ended.")


def _still_parked(instance_id: str, line: LineId | None) -> Unavailable:
    detail = f"Instance {instance_id!r} waits for line {line} and has not begun. Try again shortly."
    return Unavailable("instance-parked", detail, line=str(line))
