"""Answers for one instance, of any line: its status, and what is done to it.

A status is read where it is stored, so it outlives the app. What changes an instance goes to the
one app that owns it: any other would run it with its own code. Knows no HTTP types.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.apps.client import in_time, known_until, manage
from router.azure.storage.status_view import UNFINISHED
from router.context import Services
from router.domain.errors import PASSING, Refusal, Unavailable, about
from router.domain.instance_id import check, owner_of
from router.domain.line_states import SERVES, Starts
from router.domain.model import Line
from router.domain.resource_names import park_id
from router.domain.version import LineId
from router.ports import Answer, Orchestrations, StatusQuery
from router.starts import claims
from router.starts.cancellation import check_settled, withdraw
from router.starts.claim_rules import ENDED
from router.starts.parked_status import parked_status

_PURGED = b'{"instancesDeleted": 1}'
_BRINGS_WORK = ("/restart", "/rewind")  # to an instance that has ended: a start by another name


@dataclass(frozen=True, slots=True)
class Change:
    """One request of Durable's management API: `tail` is what stands behind the instance's id."""

    method: str
    tail: str
    query: Mapping[str, str]
    body: bytes

    @property
    def is_purge(self) -> bool:
        return self.method == "DELETE" and not self.tail


async def status(
    services: Services, instance_id: str, query: StatusQuery, orchestrations: Orchestrations
) -> dict[str, Any]:
    """The instance in Durable's shape, parked ones included; Refusal 404 unknown-instance."""
    check(instance_id)
    with about(owner_of(instance_id)):
        return await _status(services, instance_id, query, orchestrations)


async def _status(
    services: Services, instance_id: str, query: StatusQuery, orchestrations: Orchestrations
) -> dict[str, Any]:
    found = await services.tracking.status(instance_id, query)
    if found is None or (owner_of(instance_id) is None and found["runtimeStatus"] in ENDED):
        # It is not there yet; or not there yet once more, under an id of a caller's.
        show_input = query.show_input
        parked = await parked_status(services, instance_id, orchestrations, show_input=show_input)
        found = parked[1] if parked else await services.tracking.status(instance_id, query)
    if found is None:
        raise _unknown(instance_id)
    return found


async def change(
    services: Services, instance_id: str, wanted: Change, orchestrations: Orchestrations
) -> tuple[Answer, LineId]:
    """Have the owning app do it; its answer (2xx) and its line. Raises RouterError otherwise."""
    check(instance_id)
    until = known_until(services)
    line = await line_of(services, instance_id)
    with about(line.id if line else None):
        if wanted.is_purge or wanted.tail in _BRINGS_WORK:
            await _must_be_settled(instance_id, line, orchestrations)
        done = await _changed(services, instance_id, wanted, line, orchestrations, until)
    if wanted.is_purge and line is not None:
        await _forgotten(services, instance_id, line, orchestrations)
    return done


async def _changed(
    services: Services,
    instance_id: str,
    wanted: Change,
    line: Line | None,
    orchestrations: Orchestrations,
    until: float,
) -> tuple[Answer, LineId]:
    if line is not None and await _purged(services, instance_id, wanted, line):
        return Answer(200, {}, _PURGED), line.id
    if line is None or SERVES[line.state] is not Starts.FORWARDED:
        parked = await _of_parked(services, instance_id, wanted, orchestrations)
        if parked is None:
            raise await _not_served(services, instance_id, line)
        return parked
    path = f"instances/{instance_id}{wanted.tail}"
    async with in_time(until):
        if wanted.tail in _BRINGS_WORK:
            await _must_take_work(services, instance_id, line)
        answer = await manage(services, line, wanted.method, path, wanted.query, wanted.body)
    if answer.status in (404, 410):
        parked = await _of_parked(services, instance_id, wanted, orchestrations)
        if parked is not None:
            return parked
    if answer.status >= 400:
        raise await _turned_down(services, instance_id, line, answer, wanted)
    return answer, line.id


async def _must_be_settled(instance_id: str, line: Line | None, run: Orchestrations) -> None:
    """No start of the id is parked: it looks for its instance, and sends it again if it was purged
    meanwhile; what was begun anew by others it would take for its own."""
    held = await run.look(park_id(instance_id))
    if held is not None and held.unfinished:
        raise _still_parked(instance_id, line.id if line else None)


async def _must_take_work(services: Services, instance_id: str, line: Line) -> None:
    """The line takes work just now, and what has ended under the id was its own: its app would go
    on with what was another's, by its own code."""
    owner = await services.tracking.owner(instance_id)
    if owner is not None and owner.task_hub != line.task_hub:
        raise Refusal(
            409,
            "id-taken",
            f"The id {instance_id!r} was claimed for line {line.id} after its instance had ended "
            "on another line, whose code alone could go on with it. Start it anew.",
            line=str(line.id),
        )
    if not await services.forwarding.noted(line):
        raise _still_parked(instance_id, line.id)


async def _turned_down(
    services: Services, instance_id: str, line: Line, answer: Answer, wanted: Change
) -> Refusal | Unavailable:
    if answer.status == 404 and await services.tracking.owner(instance_id) is not None:
        return _still_parked(instance_id, line.id)  # it has arrived since its app looked
    return _refused(answer, instance_id, wanted.tail)


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


async def told_line(services: Services, instance_id: str) -> LineId | None:
    """The same for a header: None also when it cannot be told just now."""
    with contextlib.suppress(*PASSING):
        line = None if owner_of(instance_id) else await line_of(services, instance_id)
        return line.id if line else owner_of(instance_id)
    return None


async def _purged(services: Services, instance_id: str, wanted: Change, line: Line) -> bool:
    """Whether the router itself has purged an ended instance whose line has no app to do so."""
    if not wanted.is_purge or SERVES[line.state] is Starts.FORWARDED:
        return False
    return await services.tracking.purge(instance_id)


async def _forgotten(services: Services, instance_id: str, line: Line, run: Orchestrations) -> None:
    """What the router itself knew of a purged instance, if that can be had just now.

    Not its claim while its line has an app, to which something may be under way: by the claim
    another line sees that. It is forgotten with its line.
    """
    with contextlib.suppress(*PASSING):
        parked = await parked_status(services, instance_id, run)  # of a start that did not arrive
        if parked is not None and parked[1]["runtimeStatus"] not in UNFINISHED:
            await _forget_parked(services, instance_id, run)
        if SERVES[line.state] is not Starts.FORWARDED:
            await claims.forget(services, instance_id, line, run)


async def _forget_parked(services: Services, instance_id: str, run: Orchestrations) -> None:
    """Not while something may come of it: a lap must know then that it was withdrawn."""
    check_settled(services, await run.look(park_id(instance_id)))
    await run.forget(park_id(instance_id))


async def _of_parked(
    services: Services, instance_id: str, wanted: Change, run: Orchestrations
) -> tuple[Answer, LineId] | None:
    """What is done to a start that has not arrived; None when there is none."""
    parked = await parked_status(services, instance_id, run)
    if parked is None:
        return None
    order, shown = parked
    if shown["runtimeStatus"] not in UNFINISHED:
        if not wanted.is_purge:
            raise _ended(instance_id)
        await _forget_parked(services, instance_id, run)
        return Answer(200, {}, _PURGED), order.ask.line
    reason = wanted.query.get("reason", "")
    if wanted.tail == "/terminate" and await withdraw(services, order, reason, run):
        return Answer(202, {}, b""), order.ask.line
    raise _still_parked(instance_id, order.ask.line)


async def _not_served(
    services: Services, instance_id: str, line: Line | None
) -> Refusal | Unavailable:
    owner = await services.tracking.owner(instance_id)
    if owner is not None and owner.runtime_status not in UNFINISHED:
        return _ended(instance_id)
    if owner is None:
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
    detail = f"Instance {instance_id!r} is on its way to its line. Try again shortly."
    fields: dict[str, Any] = {"line": str(line)} if line else {}
    return Unavailable("instance-parked", detail, **fields)
