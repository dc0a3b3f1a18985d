"""Judge from a reading of a line's hub, and from the previous judgement, whether it is drained.

A line is deleted on this verdict, so it errs towards waiting: a partial reading proves nothing,
invisible work is waited for, and one reading is never enough.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from router.domain.line_states import LineState
from router.domain.model import (
    Blocker,
    BlockerKind,
    Drain,
    HubReading,
    Line,
    QueueReading,
    UnfinishedInstance,
    Verdict,
)
from router.domain.timestamps import human_readable

_MAX_BLOCKERS = 10
_WAITS_FOR = {
    "Pending": "the line's app has not started it yet",
    "Running": "it is working, or waiting for an event, a timer or a child",
    "Suspended": "it continues only when it is resumed",
    "ContinuedAsNew": "its next execution is about to begin",
}
_RETIRABLE = (LineState.DRAINING, LineState.FAILED)


@dataclass(frozen=True, slots=True)
class DrainPolicy:
    """The waits before a quiet hub counts as drained."""

    visibility: timedelta  # how long the engine hides a message that a worker has taken
    margin: timedelta  # added to the visibility time-out
    apart: timedelta  # between two readings of empty queues


def counts_from(line: Line, stale: timedelta) -> datetime:
    """Return the time from which a reading sees every start that was in flight.

    `stale`: how long a start may be in flight, which is the sum of a snapshot's age, the time to
    forward, clock skew and message latency.
    """
    return max(line.since, line.last_start_at or line.since) + stale


def judge(
    reading: HubReading,
    before: Drain | None,
    policy: DrainPolicy,
    now: datetime,
    *,
    counts_from: datetime,
    never_opened: bool = False,
) -> Drain:
    """Return the verdict on a line's work: busy, drained, or unknown if partial or not yet proven.

    Args:
        reading: of the line's hub.
        before: the previous judgement, if any.
        policy: how long to wait.
        now: when the reading had ended.
        counts_from: readings before this time may miss starts in flight.
        never_opened: the line did not come up, so its hub may never have been created.
    """
    at = reading.read_at
    work = tuple(_work(reading))[:_MAX_BLOCKERS]
    if work:
        return Drain(Verdict.BUSY, at, work)
    if never_opened and not reading.made:
        return Drain(Verdict.DRAINED, at, quiet_since=now, empty_since=now)
    if reading.problems:
        problems = reading.problems[:_MAX_BLOCKERS]
        unreadable = (Blocker(BlockerKind.UNREADABLE, problem) for problem in problems)
        return Drain(Verdict.UNKNOWN, at, tuple(unreadable))
    if at < counts_from:
        wait = f"starts may still be in flight until {human_readable(counts_from)}"
        return Drain(Verdict.UNKNOWN, at, (Blocker(BlockerKind.SETTLING, wait),))
    streak = _streak(before, counts_from)
    if reading.cursor is not None:
        return _judge_unread(reading, streak)
    return _judge_quiet(reading, streak, policy, now)


def may_retire(line: Line, idle: timedelta, *, operation: str | None = None) -> bool:
    """Return True if the line's row allows its app and hub to be deleted.

    `idle`: how long before the last reading the last start must have been. `operation`: the only
    operation that may hold the line.
    """
    drain = line.drain
    if line.state not in _RETIRABLE or line.operation != operation:
        return False
    if drain is None or drain.verdict is not Verdict.DRAINED:
        return False
    return line.last_start_at is None or drain.checked_at - line.last_start_at >= idle


@dataclass(frozen=True, slots=True)
class _Streak:
    """Since when all previous readings without interruption were quiet, and empty."""

    quiet_since: datetime | None = None
    empty_since: datetime | None = None


def _streak(before: Drain | None, counts_from: datetime) -> _Streak:
    if before is None or before.quiet_since is None or before.quiet_since < counts_from:
        return _Streak()
    return _Streak(before.quiet_since, before.empty_since)


def _judge_unread(reading: HubReading, streak: _Streak) -> Drain:
    """Judge a hub of which more instances are to be read: unknown, but its quiet is unbroken."""
    text = "no work was found so far; more of its instances are being read"
    return Drain(
        Verdict.UNKNOWN,
        reading.read_at,
        (Blocker(BlockerKind.SETTLING, text),),
        streak.quiet_since,
        None if any(queue.messages for queue in reading.queues) else streak.empty_since,
        reading.cursor,
    )


def _judge_quiet(reading: HubReading, streak: _Streak, policy: DrainPolicy, now: datetime) -> Drain:
    """Judge a hub without rows, visible messages and activities: drained if it has lasted."""
    at = reading.read_at
    hidden = sum(queue.messages for queue in reading.queues)
    quiet_since = streak.quiet_since or now
    empty_since = None if hidden else streak.empty_since or now
    empty_long_enough = empty_since is not None and at - empty_since >= policy.apart
    quiet_long_enough = at - quiet_since > policy.visibility + policy.margin
    proven = empty_long_enough or quiet_long_enough
    until = (
        empty_since + policy.apart
        if empty_since
        else quiet_since + policy.visibility + policy.margin
    )
    return Drain(
        Verdict.DRAINED if proven else Verdict.UNKNOWN,
        at,
        _settling(hidden, None if proven else until),
        quiet_since,
        empty_since,
    )


def _settling(hidden: int, until: datetime | None) -> tuple[Blocker, ...]:
    """Return what remains to be reported of a quiet hub: nothing if it is proven empty."""
    if until is None and not hidden:
        return ()
    left = f"{hidden} invisible message{'s remain' if hidden > 1 else ' remains'}"
    if until is None:
        text = f"{left}: timers of instances that have ended"
    elif hidden:
        when = human_readable(until)
        text = f"{left}: work in progress or timers of ended instances; known at {when}"
    else:
        text = f"no work was found; drained if there is none at {human_readable(until)} either"
    return (Blocker(BlockerKind.SETTLING, text),)


def _work(reading: HubReading) -> Iterator[Blocker]:
    for instance in reading.unfinished:
        yield _instance(instance)
    for queue in reading.queues:
        if queue.visible:
            yield _message(queue)
        elif queue.activities and queue.messages:
            yield _activities(queue)


def _instance(instance: UnfinishedInstance) -> Blocker:
    return Blocker(
        BlockerKind.INSTANCE,
        _status(instance),
        instance.instance_id,
        instance.name,
        instance.runtime_status,
        instance.created_at,
    )


def _status(instance: UnfinishedInstance) -> str:
    """Describe what an unfinished instance is waiting for, as far as its row shows."""
    if instance.name == instance.instance_id and instance.name.startswith("@"):
        return f"entity {instance.name} has pending operations or is locked by an orchestration"
    status = instance.runtime_status
    waits_for = _WAITS_FOR.get(status, "it has not ended")
    if status == "Pending" and instance.scheduled_at is not None:
        waits_for = f"it is scheduled for {human_readable(instance.scheduled_at)}"
    created = f"created {human_readable(instance.created_at)}"
    return f"{instance.name} {instance.instance_id} is {status}, {created}: {waits_for}"


def _message(queue: QueueReading) -> Blocker:
    what = "an activity" if queue.activities else "a start, an event or a signal"
    text = f"{what} is waiting in queue {queue.name}; the line's app must be running to take it"
    return Blocker(BlockerKind.MESSAGE, text, name=queue.name)


def _activities(queue: QueueReading) -> Blocker:
    """Describe invisible work items, which a worker has, or had when it died."""
    count = queue.messages
    running = f"{count} activities are" if count > 1 else "1 activity is"
    text = f"{running} running (queue {queue.name}); if a worker died, its activity runs again"
    return Blocker(BlockerKind.MESSAGE, text, name=queue.name)


def describe(drain: Drain) -> str:
    """Return a judgement as one sentence."""
    return "; ".join([str(drain.verdict), *(each.detail for each in drain.blockers)])
