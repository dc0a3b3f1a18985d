"""Park starts, and bring parked starts to their lines.

A parked start is an orchestration of the router whose id is derived from the instance's. One
attempt to bring it to its line is one activity, which waits for the line, ensures that it is being
brought up, and forwards the start. It can be repeated at any point.
"""

import contextlib
import logging
from dataclasses import replace
from datetime import timedelta

from router import unexpected
from router.apps.circuits import AWAY
from router.apps.forwarding import Start
from router.context import Context
from router.domain.errors import TRANSIENT_ERRORS, Refusal, Unavailable, Unreadable, cause
from router.domain.instance_id import still_parked
from router.domain.model import Claim, Line, OperationKind
from router.domain.version import RequestedVersion
from router.line_rows import get_line
from router.operations.begin import begin, resume
from router.ports import Kept
from router.routing.rules import Forward, Park, Snapshot, resolve
from router.starts import cancellation, claims
from router.starts.cancellation import ParkedState
from router.starts.claim_rules import is_free
from router.starts.outcomes import Cancelled, Forwarded, Outcome, Rejected, Superseded, Waiting
from router.starts.parked_start import ORCHESTRATOR, PREFIX, ParkedStart, input_of

_log = logging.getLogger("router.starts")
_WINDOW = 20.0  # seconds that one activity waits for the line before a durable timer does
# Seconds until a start that found no slot to wait in tries again.
_PAUSE, _LONGEST_PAUSE = 5.0, 60.0


async def park(context: Context, start: Start, requested: RequestedVersion) -> ParkedStart | None:
    """Make the start durable, or return None when another start with its id is parked.

    Its input is stored once, and only referred to. Raises Unavailable 503 start-uncertain when it
    is unknown whether it was parked, and instance-parked when the other start is another line's,
    which the id has left since.
    """
    try:
        reference = await context.parked_inputs.put(requested.line, start.instance_id, start.value)
    except Unreadable as error:
        raise uncertain(start, requested) from error
    parked = ParkedStart(replace(start, value=""), requested, reference)
    held = await _hold(context, parked)
    if held == parked:
        return parked
    with contextlib.suppress(Unreadable):
        await context.parked_inputs.delete(reference)
    if not start.given:  # only this start can have the id, so the request was delivered twice
        return held or parked
    if held is not None and held.requested.line != requested.line:
        raise still_parked(start.instance_id, held.requested.line)  # it will be cancelled
    return None


async def _hold(context: Context, parked: ParkedStart) -> ParkedStart | None:
    """Start the orchestration of this id unless it runs, and return the start that it holds."""
    name, orchestrations = parked.orchestration_id, context.orchestrations
    try:
        if await orchestrations.start(ORCHESTRATOR, name, parked.as_dict()):
            return parked
        return await _held(context, parked)
    except Unavailable as error:
        with contextlib.suppress(Unavailable):
            if await _held(context, parked) == parked:  # only the response may have been lost
                return parked
        raise uncertain(parked.start, parked.requested) from error


async def _held(context: Context, parked: ParkedStart) -> ParkedStart | None:
    """Return the start that the orchestration of this id holds. Its time identifies it."""
    found = await context.orchestrations.get(parked.orchestration_id)
    return None if found is None else ParkedStart.from_dict(found.value)


def uncertain(start: Start, requested: RequestedVersion) -> Unavailable:
    """Return the 503 start-uncertain that names the id to retry with."""
    return Unavailable(
        "start-uncertain",
        "It is unknown whether the start was accepted. Retry it for version "
        f"{requested.version or requested.line} with the instance id {start.instance_id!r} after "
        "the function's name in the path; it will run at most once.",
        instanceId=start.instance_id,
    )


async def restart_failed(context: Context) -> None:
    """Begin parked starts again that the platform let fail."""
    for held in await context.orchestrations.failed(PREFIX):
        try:
            parked = ParkedStart.from_dict(held.value)
        except (KeyError, ValueError, TypeError) as error:  # it must not keep the others
            unexpected.log("reading a parked start", error)
            continue
        _log.warning("%s is parked again", parked.start.instance_id)
        value = parked.as_dict()
        await context.orchestrations.start(ORCHESTRATOR, parked.orchestration_id, value)


async def bring_to_line(context: Context, parked: ParkedStart) -> Outcome:
    """Try for a while to bring a parked start to its line.

    An activity that is done may be delivered again. It then leaves the instance alone and returns
    Cancelled or Superseded, which is ignored.
    """
    try:
        async with context.limits.waiting_slot() as has_slot:
            outcome = await _wait(context, parked, _WINDOW if has_slot else 0.0)
            return await _recorded(context, parked, outcome)
    except Refusal as refusal:
        if refusal.status != 404:
            return await _recorded(context, parked, Rejected(refusal.detail))
        # Its line was known when it was accepted, so the catalog was lost and will be rebuilt.
        return await _stays_parked(context, parked, refusal)
    except TRANSIENT_ERRORS as error:  # the line failed, or the catalog is unavailable
        return await _stays_parked(context, parked, error)


async def _recorded(context: Context, parked: ParkedStart, outcome: Outcome) -> Outcome:
    """Keep no input of a start that was forwarded, and that of one that has ended for its status.

    An outcome that is lost is repeated, also if that was done before.
    """
    kept = {Forwarded: Kept.FORWARDED, Rejected: Kept.ENDED, Cancelled: Kept.ENDED}.get(
        type(outcome)
    )
    if kept is not None and parked.reference:
        with contextlib.suppress(Unreadable):  # found later: see records
            await context.parked_inputs.keep(parked.reference, kept)
    return outcome


async def _stays_parked(context: Context, parked: ParkedStart, error: Exception) -> Outcome:
    with contextlib.suppress(*TRANSIENT_ERRORS):  # an earlier attempt may have been interrupted
        if await cancellation.has_arrived(context, parked):
            return await _recorded(context, parked, Forwarded())
    _log.warning("%s stays parked: %s", parked.start.instance_id, error)
    return Waiting(context.settings.monitor_seconds, cause(error))


async def _wait(context: Context, parked: ParkedStart, seconds: float) -> Outcome:
    """Check the line once, and then repeatedly for so many seconds."""
    deadline = context.monotonic() + seconds
    poll = timedelta(seconds=min(context.settings.poll_seconds, 1.0))
    snapshot: Snapshot | None = None
    reason: str | None = None
    while snapshot is None or context.monotonic() < deadline:
        snapshot = await context.snapshots.newer(snapshot, poll)
        known_at = context.snapshots.trusted_until()
        match resolve(parked.requested, snapshot):
            case Park() as wanted:
                line = snapshot.lines[wanted.line]
                await _bring_up(context, line, wanted)
                if line.waiting_for_capacity is not None:  # which may take any time
                    return Waiting(context.settings.monitor_seconds, line.waiting_for_capacity)
            case Forward(line):
                if context.apps.is_away(line):
                    return Waiting(_pause(context, parked), AWAY)
                outcome = await _send(context, parked, line, known_at)
                if not isinstance(outcome, str | None):
                    return outcome
                reason = outcome or reason
    pause = context.settings.poll_seconds if seconds else _pause(context, parked)
    return Waiting(pause, reason)


def _pause(context: Context, parked: ParkedStart) -> float:
    """Return the seconds until a start without a slot tries again.

    The pause grows with the time waited, because a thousand of them must leave room to the
    operation that they wait for.
    """
    waited = context.now() - parked.start.since
    return min(max(_PAUSE, waited.total_seconds() / 4), _LONGEST_PAUSE)


async def _send(
    context: Context, parked: ParkedStart, line: Line, known_at: float
) -> Outcome | str | None:
    """Return the outcome, or why the line did not accept the start, or None if no slot was free."""
    async with context.limits.sending_slot(line.id) as has_slot:
        outcome = await _forward(context, parked, line, known_at) if has_slot else None
    if isinstance(outcome, Cancelled):  # outside the slot, since it may take long
        await cancellation.terminate_late_arrival(context, line, parked)
    return outcome


async def _forward(
    context: Context, parked: ParkedStart, line: Line, known_at: float
) -> Outcome | str:
    """Return the outcome, or why the line did not accept the start in time."""
    start = parked.start
    state = await cancellation.state_of(context, parked)
    if state is ParkedState.PARKED:
        if start.given:
            claim = await claims.renew(context, start, line.id)
            if not is_free(claim, context.now()):
                return _until_free(context, claim)
        value = await input_of(context, parked)
        if value is None:
            return await _without_input(context, parked)
        start = replace(start, value=value)
        problem = await context.forwarding.send(line, start, known_at=known_at, repeated=True)
        state = await cancellation.state_of(context, parked)
        if state is not ParkedState.CANCELLED:
            return problem or Forwarded()
    return Cancelled() if state is ParkedState.CANCELLED else Superseded()


async def _without_input(context: Context, parked: ParkedStart) -> Outcome | str:
    """Return the outcome of a start whose input is gone, usually because it was forwarded."""
    if await context.parked_inputs.was_forwarded(parked.reference):
        return Forwarded()
    if await cancellation.has_arrived(context, parked):
        return Forwarded()
    return "its input was deleted from storage"


def _until_free(context: Context, claim: Claim) -> Waiting:
    left = (claim.free_from or claim.at) - context.now()
    reason = "its id belonged to another line, to whose app a request may still be in flight"
    return Waiting(max(left.total_seconds(), 0.0), reason)


async def _bring_up(context: Context, line: Line, wanted: Park) -> None:
    """Ensure, once for all waiting starts, that an operation brings the line up."""
    if line.operation is None:
        kind = OperationKind.PATCH if wanted.patch else OperationKind.PROVISION
        with contextlib.suppress(Refusal):  # lost the race; the next snapshot shows it
            await begin(context, line.id, kind, wanted.release)
    elif context.limits.may_check(line.operation):
        await resume(context, await get_line(context.catalog, line.id))
