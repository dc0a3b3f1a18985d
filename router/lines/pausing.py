"""Pause the host of a line's app while its release is replaced.

Azure lets an instance fail whose turn or activity a host calls while it has no worker, as happens
when it restarts. In its drain mode a host finishes what it has begun and takes no more work of its
hub, so there is nothing that could fail. Only a restart ends that mode: the one of the deployment,
or one that is asked for here.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass
from datetime import timedelta

from router.domain.errors import TRANSIENT_ERRORS, Changed, PlatformBusy, Unavailable
from router.domain.model import OperationKind, Progress, Step
from router.operations.step import Pending, Work

LONGEST_WAIT = timedelta(seconds=20)  # for calls under way, after which Azure may cut them off
LONGEST_PAUSE = timedelta(minutes=2)  # in one step, as instances do not progress in the meantime
_POLL_SECONDS = 1.0
# A message that was taken just before may not have become a call at the first of them.
_QUIET_CHECKS = 2
_STATUS, _DRAIN, _RESUME = "drain/status", "drain", "resume"
_ACCEPTED, _TIMED_OUT = 202, 504
_PAUSED_BY = (OperationKind.PATCH, OperationKind.REFRESH)


@dataclass(frozen=True, slots=True)
class _Drain:
    begun: bool
    calls: int


async def pause(work: Work) -> None:
    """Pause the host, and return once nothing is under way in it, so that it may be replaced.

    A host that cannot be paused, or takes too long, is replaced as it is. All of it is one call,
    since a host that has restarted between two calls would work again.
    """
    context, quiet = work.context, 0
    poll = min(context.settings.poll_seconds, _POLL_SECONDS)
    deadline = context.monotonic() + LONGEST_WAIT.total_seconds()
    while context.monotonic() < deadline:
        is_quiet = await _is_quiet(work)
        quiet = quiet + 1 if is_quiet else 0
        if is_quiet is None or quiet >= _QUIET_CHECKS:
            return
        await asyncio.sleep(poll)


async def _is_quiet(work: Work) -> bool | None:
    """Return whether nothing is under way in a paused host, or None if it cannot be paused."""
    try:
        drain = await _drain(work)
        if drain is None:
            return None
        if drain.begun:
            return drain.calls == 0
        answer = await work.context.apps.admin(work.line, "POST", _DRAIN)
    except PlatformBusy:
        return False
    except Unavailable as error:
        # A host that is busy may answer later, while one that is not there has nothing to finish.
        return False if error.status == _TIMED_OUT else None
    return False if answer is not None and answer.status == _ACCEPTED else None


async def resume(work: Work) -> Pending | None:
    """Restart a host that is still paused and return that this is waited for, or None."""
    with contextlib.suppress(Unavailable, PlatformBusy):  # it is asked again
        drain = await _drain(work)
        if drain is None or not drain.begun:
            return None
        await work.context.apps.admin(work.line, "POST", _RESUME)
    return Pending("the app's host was paused and restarts")


async def undo(work: Work, step: Step, error: Exception) -> None:
    """Let the host work again after its release could not be replaced.

    An error that may pass soon is given some time, because every restart costs some as well. After
    a call that came too late, the one that came first is about to replace the host. If even its
    operation has ended, no one is left who would end the pause.
    """
    if isinstance(error, Changed):
        operation = await work.context.catalog.operation(work.operation.id)
        if operation is None or operation.state is not Progress.RUNNING:
            await resume(work)
    elif isinstance(error, TRANSIENT_ERRORS):
        await limit(work, step)
    else:
        await resume(work)


async def limit(work: Work, step: Step) -> None:
    """Let the host work again if its release is not replaced for long."""
    patience = timedelta(seconds=work.context.settings.step_seconds / 2)
    if work.operation.kind in _PAUSED_BY and _waited(work, step) > min(patience, LONGEST_PAUSE):
        await resume(work)


def _waited(work: Work, step: Step) -> timedelta:
    now = work.context.now()
    return now - (step.started_at or now)


async def _drain(work: Work) -> _Drain | None:
    """Return the state of the host's drain mode, None if it has none."""
    answer = await work.context.apps.admin(work.line, "GET", _STATUS)
    if answer is None or answer.status != 200:
        return None
    try:
        found = json.loads(answer.body)
        calls = int(found["outstandingInvocations"]) + int(found.get("outstandingRetries") or 0)
        return _Drain(found["state"] != "Disabled", calls)
    except (ValueError, TypeError, KeyError):
        return None
