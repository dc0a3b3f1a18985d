"""Change one instance of any line, with one function per verb of Durable's management API.

A change goes to the app that owns the instance, because any other would run it with its own code.
Each function raises RouterError when the change is not made.
"""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from router.context import Context
from router.domain.errors import TRANSIENT_ERRORS, Refusal, Unavailable, about
from router.domain.instance_id import check, still_parked
from router.domain.instance_status import UNFINISHED
from router.domain.model import Line
from router.domain.stored_text import require_known
from router.domain.texts.event_names import check_event_name
from router.domain.texts.reasons import checked_reason
from router.domain.texts.trace import NO_TRACE, Trace
from router.domain.version import LineId
from router.instances import refusals
from router.instances.owner import current_owner, line_of
from router.ports import Answer
from router.starts import claims
from router.starts.cancellation import cancel
from router.starts.parked_start import park_id
from router.starts.parked_status import ParkedStatus, parked_status
from router.starts.records import delete_record

_PURGED = Answer(200, {}, b'{"instancesDeleted": 1}')
_ACCEPTED = Answer(202, {}, b"")


@dataclass(frozen=True, slots=True)
class Changed:
    """The answer (2xx) of the owning app, or of the router in its place, and the line."""

    answer: Answer
    line: LineId


async def raise_event(
    context: Context, instance_id: str, name: str, body: bytes, trace: Trace = NO_TRACE
) -> Changed:
    """Send the instance an event, whose body is any JSON value."""
    tail = f"/{check_event_name(name)}"
    change = _Change(instance_id, "raiseEvent", tail, body=body, trace=trace)
    return await _change(context, change)


async def terminate(
    context: Context, instance_id: str, reason: str | None, trace: Trace = NO_TRACE
) -> Changed:
    """Terminate the instance, or cancel its start if that is still parked."""
    change = _Change(
        instance_id, "terminate", query=_reason(reason), trace=trace, on_parked=_cancel
    )
    return await _change(context, change)


async def suspend(
    context: Context, instance_id: str, reason: str | None, trace: Trace = NO_TRACE
) -> Changed:
    """Suspend the instance."""
    change = _Change(instance_id, "suspend", query=_reason(reason), trace=trace)
    return await _change(context, change)


async def resume(
    context: Context, instance_id: str, reason: str | None, trace: Trace = NO_TRACE
) -> Changed:
    """Resume the instance."""
    change = _Change(instance_id, "resume", query=_reason(reason), trace=trace)
    return await _change(context, change)


async def rewind(
    context: Context, instance_id: str, reason: str | None, trace: Trace = NO_TRACE
) -> Changed:
    """Rewind the failed instance to the state before it failed."""
    change = _Change(instance_id, "rewind", query=_reason(reason), trace=trace, brings_work=True)
    return await _change(context, change)


async def restart(
    context: Context, instance_id: str, *, with_new_id: bool, trace: Trace = NO_TRACE
) -> Changed:
    """Restart the instance. The answer holds the id of the new one."""
    query = {"restartWithNewInstanceId": str(with_new_id).lower()}
    change = _Change(instance_id, "restart", query=query, trace=trace, brings_work=True)
    return await _change(context, change)


async def purge(context: Context, instance_id: str, trace: Trace = NO_TRACE) -> Changed:
    """Delete an instance that has ended, along with the router's own records of it."""
    check(instance_id)
    deadline = context.apps.deadline()
    line = await line_of(context, instance_id)
    with about(line.id if line else None):
        _require_known(line)
        await _require_not_parked(context, instance_id, line)
        if line is not None and await _purged_without_app(context, instance_id, line):
            done = Changed(_PURGED, line.id)
        else:
            change = _Change(instance_id, "", method="DELETE", trace=trace, on_parked=_purge_parked)
            done = await _apply(context, change, line, deadline)
    if line is not None:
        await _forget(context, instance_id, line)
    return done


async def _purged_without_app(context: Context, instance_id: str, line: Line) -> bool:
    """Delete the instance of a line that has no app, if it has ended."""
    return not line.state.serves and await context.stores.tracking(line).purge(instance_id)


@dataclass(frozen=True, slots=True)
class _Change:
    """A request to Durable's management API. `on_parked` applies it to a parked start."""

    instance_id: str
    verb: str
    tail: str = ""
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    trace: Trace = field(default_factory=dict)
    brings_work: bool = False  # to an ended instance, much like a start
    on_parked: "Callable[[Context, _Change, ParkedStatus], Awaitable[Answer]] | None" = None

    @property
    def path(self) -> str:
        verb = f"/{self.verb}" if self.verb else ""
        return f"instances/{self.instance_id}{verb}{self.tail}"


async def _change(context: Context, change: _Change) -> Changed:
    check(change.instance_id)
    deadline = context.apps.deadline()
    line = await line_of(context, change.instance_id)
    with about(line.id if line else None):
        _require_known(line)
        if change.brings_work:
            await _require_not_parked(context, change.instance_id, line)
        return await _apply(context, change, line, deadline)


async def _apply(context: Context, change: _Change, line: Line | None, deadline: float) -> Changed:
    if line is None or not line.state.serves:
        done = await _apply_to_parked(context, change)
        if done is None:
            raise await _not_served(context, change, line)
        return done
    if context.apps.is_away(line) and (done := await _apply_to_parked(context, change)) is not None:
        return done  # its app need not be asked, and could not be
    context.apps.require_admitted(line)
    async with context.apps.before(deadline):
        if change.brings_work:
            await _require_open(context, change.instance_id, line)
        answer = await context.apps.manage(
            line, change.method, change.path, change.query, change.body, change.trace
        )
    if answer.status in (404, 410):
        done = await _apply_to_parked(context, change)
        if done is not None:
            return done
    if answer.status >= 400:
        raise await _refused(context, change, line, answer)
    return Changed(answer, line.id)


async def _apply_to_parked(context: Context, change: _Change) -> Changed | None:
    """Apply the change to a start that has not arrived, or return None if there is none."""
    parked = await parked_status(context, change.instance_id)
    if parked is None:
        return None
    answer = await (change.on_parked or _refuse)(context, change, parked)
    return Changed(answer, parked.parked.requested.line)


async def _refuse(_: Context, change: _Change, parked: ParkedStatus) -> Answer:
    if parked.has_ended:
        raise refusals.ended(change.instance_id)
    raise still_parked(change.instance_id, parked.parked.requested.line)


async def _cancel(context: Context, change: _Change, parked: ParkedStatus) -> Answer:
    reason = change.query.get("reason", "")
    if not parked.has_ended and await cancel(context, parked.parked, reason):
        return _ACCEPTED
    return await _refuse(context, change, parked)


async def _purge_parked(context: Context, change: _Change, parked: ParkedStatus) -> Answer:
    if not parked.has_ended:
        return await _refuse(context, change, parked)
    await delete_record(context, change.instance_id)
    return _PURGED


async def _require_not_parked(context: Context, instance_id: str, line: Line | None) -> None:
    """Raise Unavailable 503 instance-parked while a start of the id is parked.

    The parked start finds out from the instance whether it has arrived. If the instance were
    purged, the start would be sent again. If it were restarted, it would be taken for the start.
    """
    held = await context.orchestrations.get(park_id(instance_id))
    if held is not None and held.unfinished:
        raise still_parked(instance_id, line.id if line else None)


async def _require_open(context: Context, instance_id: str, line: Line) -> None:
    """Require that the line accepts work and that the ended instance is its own.

    Otherwise its app would continue another line's instance with its own code.
    """
    own = await context.stores.tracking(line).owner(instance_id)
    owner = own or await current_owner(context, instance_id)
    if owner is not None and owner.task_hub != line.task_hub:
        raise refusals.taken(instance_id, line.id)
    if not await context.forwarding.accepts_work(line):
        raise still_parked(instance_id, line.id)


async def _refused(
    context: Context, change: _Change, line: Line, answer: Answer
) -> Refusal | Unavailable:
    name = change.instance_id
    if answer.status in (404, 410):
        owner = await context.stores.tracking(line).owner(name)
        if owner is not None and (answer.status == 404 or owner.runtime_status in UNFINISHED):
            return still_parked(name, line.id)  # it has arrived since its app answered
    return refusals.of_app(answer, name, change.verb)


async def _not_served(
    context: Context, change: _Change, line: Line | None
) -> Refusal | Unavailable:
    instance_id = change.instance_id
    owner = await current_owner(context, instance_id)
    if owner is not None and owner.runtime_status not in UNFINISHED:
        if change.brings_work and line is not None:
            return refusals.line_not_up(instance_id, line)
        return refusals.ended(instance_id)
    if owner is None:
        return refusals.unknown(instance_id)
    return still_parked(instance_id, line.id if line else None)


async def _forget(context: Context, instance_id: str, line: Line) -> None:
    """Delete the router's records of a purged instance, as far as possible at the moment.

    While its line has an app, a request for the instance may be in flight, which other lines infer
    from the claim. The claim is then kept, and deleted with its line.
    """
    with contextlib.suppress(*TRANSIENT_ERRORS):
        await delete_record(context, instance_id)
        if not line.state.serves:
            await claims.drop_if_stale(context, instance_id, line)


def _reason(reason: str | None) -> dict[str, str]:
    checked = checked_reason(reason)
    return {} if checked is None else {"reason": checked}


def _require_known(line: Line | None) -> None:
    """Require that the line has an app or none, as far as this router knows its state."""
    if line is not None:
        require_known(f"Line {line.id}", line.state)
