"""Whether a line's work is done: the judgement of one look at its hub, given the look before.

A line is deleted on this word, so it errs towards waiting: a partial reading proves nothing, work
that is merely invisible is waited for, and one look is never enough. Knows nothing of queues and
tables beyond what a reading says of them.
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

_SHOWN_WITNESSES = 10
_WAITS_FOR = {
    "Pending": "the line's app has not begun it yet",
    "Running": "it works, or waits for an event, a timer or a child",
    "Suspended": "it goes on when it is resumed, and never by itself",
    "ContinuedAsNew": "its next lap is about to begin",
}
_RETIRABLE = (LineState.DRAINING, LineState.FAILED)


@dataclass(frozen=True, slots=True)
class DrainPolicy:
    """How long is long enough.

    `visibility`: how long the engine hides a message that a worker has taken. `margin`: on top of
    it. `apart`: between two readings of empty queues.
    """

    visibility: timedelta
    margin: timedelta
    apart: timedelta


def counts_from(line: Line, stale: timedelta) -> datetime:
    """From when on a reading counts: no start is under way any more that it cannot see.

    `stale`: how long a start may still be under way (age of a picture + time to forward + what
    clocks differ and messages linger).
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
    """The line's work after this reading. `now`: when the reading had ended.

    Busy with every witness seen; unknown when partial or not yet proven; drained otherwise.
    `never_opened`: the line did not come up, so that its hub may never have been made.
    """
    at = reading.read_at
    work = tuple(_work(reading))[:_SHOWN_WITNESSES]
    if work:
        return Drain(Verdict.BUSY, at, work)
    if never_opened and not reading.made:
        return Drain(Verdict.DRAINED, at, quiet_since=now, empty_since=now)
    if not reading.complete:
        problems = reading.problems[:_SHOWN_WITNESSES]
        unreadable = (Blocker(BlockerKind.UNREADABLE, problem) for problem in problems)
        return Drain(Verdict.UNKNOWN, at, tuple(unreadable))
    if at < counts_from:
        wait = f"starts may still be under way until {human_readable(counts_from)}"
        return Drain(Verdict.UNKNOWN, at, (Blocker(BlockerKind.SETTLING, wait),))
    return _quiet(reading, _run(before, counts_from), policy, now)


def may_retire(line: Line, idle: timedelta, *, operation: str | None = None) -> bool:
    """Whether the line's app and hub may be deleted by what its row says.

    `idle`: how long before the last reading the last start must have been. `operation`: the one
    that asks; any other holds the line.
    """
    drain = line.drain
    if line.state not in _RETIRABLE or line.operation != operation:
        return False
    if drain is None or drain.verdict is not Verdict.DRAINED:
        return False
    return line.last_start_at is None or drain.checked_at - line.last_start_at >= idle


@dataclass(frozen=True, slots=True)
class _Run:
    """Since when the unbroken readings before this one were quiet, and empty."""

    quiet_since: datetime | None = None
    empty_since: datetime | None = None


def _run(before: Drain | None, counts_from: datetime) -> _Run:
    if before is None or before.quiet_since is None or before.quiet_since < counts_from:
        return _Run()
    return _Run(before.quiet_since, before.empty_since)


def _quiet(reading: HubReading, run: _Run, policy: DrainPolicy, now: datetime) -> Drain:
    """No row, no visible message and no activity: proof, if it lasts."""
    at = reading.read_at
    hidden = sum(queue.messages for queue in reading.queues)
    quiet_since = run.quiet_since or now
    empty_since = None if hidden else run.empty_since or now
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
    """What is left to say of a quiet hub; nothing of one that is proven empty."""
    if until is None and not hidden:
        return ()
    left = f"{hidden} invisible message{'s are' if hidden > 1 else ' is'} left"
    if until is None:
        text = f"{left}: timers of instances that have ended"
    elif hidden:
        when = human_readable(until)
        text = f"{left}, work under way or timers of ended instances; proven at {when}"
    else:
        text = f"no work is seen; proven when it is so again at {human_readable(until)}"
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
        _told(instance),
        instance.instance_id,
        instance.name,
        instance.runtime_status,
        instance.created_at,
    )


def _told(instance: UnfinishedInstance) -> str:
    """What an unfinished instance waits for, so far as its row tells."""
    if instance.name == instance.instance_id and instance.name.startswith("@"):
        return f"entity {instance.name} has operations to do, or an orchestration has locked it"
    status = instance.runtime_status
    waits_for = _WAITS_FOR.get(status, "it has not ended")
    if status == "Pending" and instance.scheduled_at is not None:
        waits_for = f"it is scheduled for {human_readable(instance.scheduled_at)}"
    created = f"created {human_readable(instance.created_at)}"
    return f"{instance.name} {instance.instance_id} is {status}, {created}: {waits_for}"


def _message(queue: QueueReading) -> Blocker:
    what = "an activity" if queue.activities else "a start, an event or a signal"
    untaken = "and no worker has taken it: the line's app has to run for that"
    text = f"{what} waits in queue {queue.name}, {untaken}"
    return Blocker(BlockerKind.MESSAGE, text, name=queue.name)


def _activities(queue: QueueReading) -> Blocker:
    """Work items out of sight: some worker has them, or had them when it died."""
    count = queue.messages
    under_way = f"{count} activities are" if count > 1 else "1 activity is"
    ends = "what a dead worker had is done again"
    text = f"{under_way} under way (queue {queue.name}); {ends}"
    return Blocker(BlockerKind.MESSAGE, text, name=queue.name)


def describe(drain: Drain) -> str:
    """Return a judgement as one sentence."""
    return "; ".join([str(drain.verdict), *(each.detail for each in drain.blockers)])
