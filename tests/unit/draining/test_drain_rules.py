"""A line is drained never on one reading, never on a partial one, and always in the end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, takewhile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from router.domain.version import LineId
from router.draining.drain_rules import DrainPolicy, counts_from, judge, may_retire

Queues = tuple[QueueReading, ...]
Unfinished = tuple[UnfinishedInstance, ...]
Step = tuple[int, HubReading]  # seconds after noon
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
POLICY = DrainPolicy(visibility=300 * SECOND, margin=30 * SECOND, apart=60 * SECOND)
EMPTY = (QueueReading("h-control-00", 0, False), QueueReading("h-workitems", 0, False))
HIDDEN = (QueueReading("h-control-00", 4, False), QueueReading("h-workitems", 0, False))
VISIBLE = (QueueReading("h-control-00", 1, True),)
ORDER, CREATED = "order order-7", "created 2026-11-22 12:00:00 UTC"
WAITING = UnfinishedInstance("order-7", "order", "Running", NOON)
PENDING = replace(WAITING, runtime_status="Pending")
DRAINED = Drain(Verdict.DRAINED, NOON)
LINE = Line(LineId(1, 0), LineState.DRAINING, NOON, "app", "plan", "Hub", drain=DRAINED)


def after(*readings: tuple[float, HubReading]) -> Drain:
    """Return the verdict after readings at so many seconds after noon, from when they count."""
    drain = None
    for seconds, reading in readings:
        at = NOON + seconds * SECOND
        drain = judge(replace(reading, read_at=at), drain, POLICY, at, counts_from=NOON)
    assert drain is not None
    return drain


def reading(
    queues: Queues = EMPTY, unfinished: Unfinished = (), problems: tuple[str, ...] = ()
) -> HubReading:
    return HubReading(NOON, unfinished, queues, problems)


def test_unfinished_instance_keeps_the_line_busy() -> None:
    detail = (
        f"{ORDER} is Running, {CREATED}: it is working, or waiting for an event, a timer or a child"
    )
    kind = BlockerKind.INSTANCE
    blocker = Blocker(kind, detail, "order-7", "order", "Running", NOON)
    assert after((0, reading(unfinished=(WAITING,)))) == Drain(Verdict.BUSY, NOON, (blocker,))


def test_visible_message_keeps_the_line_busy() -> None:
    """There may be no row for it yet."""
    detail = (
        "a start, an event or a signal is waiting in queue h-control-00; the line's app must be "
        "running to take it"
    )
    blocker = Blocker(BlockerKind.MESSAGE, detail, name="h-control-00")
    assert after((0, reading(VISIBLE))) == Drain(Verdict.BUSY, NOON, (blocker,))


@pytest.mark.parametrize(
    ("instance", "detail"),
    [
        (PENDING, f"{ORDER} is Pending, {CREATED}: the line's app has not started it yet"),
        (
            replace(PENDING, scheduled_at=NOON + 3600 * SECOND),
            f"{ORDER} is Pending, {CREATED}: it is scheduled for 2026-11-22 13:00:00 UTC",
        ),
        (
            replace(WAITING, runtime_status="Suspended"),
            f"{ORDER} is Suspended, {CREATED}: it continues only when it is resumed",
        ),
        (
            replace(WAITING, runtime_status="ContinuedAsNew"),
            f"{ORDER} is ContinuedAsNew, {CREATED}: its next execution is about to begin",
        ),
        (
            UnfinishedInstance("@counter@a", "@counter@a", "Running", NOON),
            "entity @counter@a has pending operations or is locked by an orchestration",
        ),
    ],
)
def test_blocker_says_what_an_instance_waits_for(instance: UnfinishedInstance, detail: str) -> None:
    assert after((0, reading(unfinished=(instance,)))).blockers[0].detail == detail


ACTIVITIES = (EMPTY[0], QueueReading("h-workitems", 2, False, activities=True))


def test_running_activity_keeps_the_line_busy_indefinitely() -> None:
    """Its message is invisible while it runs, and is never that of a timer."""
    running = reading(ACTIVITIES)
    text = "2 activities are running (queue h-workitems); if a worker died, its activity runs again"
    blocker = Blocker(BlockerKind.MESSAGE, text, name="h-workitems")
    assert after(*((seconds, running) for seconds in range(0, 100_000, 1_000))) == Drain(
        Verdict.BUSY, NOON + 99_000 * SECOND, (blocker,)
    )
    assert after((0, running), (1, reading()), (61, reading())).verdict is Verdict.DRAINED


def test_blocker_names_an_activity_that_no_worker_has_taken() -> None:
    waiting = QueueReading("h-workitems", 1, True, activities=True)
    assert after((0, reading((waiting,)))).blockers[0].detail == (
        "an activity is waiting in queue h-workitems; the line's app must be running to take it"
    )


def test_partial_reading_is_unknown_unless_it_shows_work() -> None:
    partial = reading(problems=("h-control-01: time-out",))
    assert after((0, partial)) == Drain(
        Verdict.UNKNOWN, NOON, (Blocker(BlockerKind.UNREADABLE, "h-control-01: time-out"),)
    )
    assert after((0, replace(partial, unfinished=(WAITING,)))).verdict is Verdict.BUSY


def test_two_empty_readings_far_enough_apart_are_drained() -> None:
    first = after((0, reading()))
    settling = "no work was found; drained if there is none at 2026-11-22 12:01:00 UTC either"
    assert first == Drain(
        Verdict.UNKNOWN, NOON, (Blocker(BlockerKind.SETTLING, settling),), NOON, NOON
    )
    assert after((0, reading()), (59, reading())).verdict is Verdict.UNKNOWN
    assert after((0, reading()), (60, reading())) == Drain(
        Verdict.DRAINED, NOON + 60 * SECOND, (), NOON, NOON
    )


def test_invisible_messages_are_drained_after_the_visibility() -> None:
    hidden = reading(HIDDEN)
    settling = (
        "4 invisible messages remain: work in progress or timers of ended instances; "
        "known at 2026-11-22 12:05:30 UTC"
    )
    early = after((0, hidden), (330, hidden))
    assert (early.verdict, early.blockers) == (
        Verdict.UNKNOWN,
        (Blocker(BlockerKind.SETTLING, settling),),
    )
    left = "4 invisible messages remain: timers of instances that have ended"
    assert after((0, hidden), (331, hidden)) == Drain(
        Verdict.DRAINED, NOON + 331 * SECOND, (Blocker(BlockerKind.SETTLING, left),), NOON
    )


def test_blocker_has_the_singular_for_one_message() -> None:
    one = reading((QueueReading("q", 1, False),))
    assert after((0, one), (400, one)).blockers[0].detail.startswith("1 invisible message remains")


def test_queue_that_fills_again_restarts_the_empty_streak() -> None:
    drain = after((0, reading()), (30, reading(HIDDEN)), (70, reading()))
    assert drain.verdict is Verdict.UNKNOWN
    assert (drain.quiet_since, drain.empty_since) == (NOON, NOON + 70 * SECOND)


@pytest.mark.parametrize(
    "between",
    [reading(problems=("x",)), reading(VISIBLE), reading(unfinished=(WAITING,))],
)
def test_work_or_partial_reading_breaks_the_streak(between: HubReading) -> None:
    drain = after((0, reading()), (100, between), (200, reading()))
    assert drain.verdict is Verdict.UNKNOWN
    assert drain.quiet_since == drain.empty_since == NOON + 200 * SECOND


def test_reading_with_starts_in_flight_does_not_count() -> None:
    early = after((-1, reading()))
    wait = "starts may still be in flight until 2026-11-22 12:00:00 UTC"
    assert early == Drain(Verdict.UNKNOWN, NOON - SECOND, (Blocker(BlockerKind.SETTLING, wait),))
    before = Drain(Verdict.DRAINED, NOON - 90 * SECOND, (), NOON - 90 * SECOND, NOON - 90 * SECOND)
    at = NOON + SECOND
    late = judge(replace(reading(), read_at=at), before, POLICY, at, counts_from=NOON)
    assert (late.verdict, late.quiet_since) == (Verdict.UNKNOWN, at)


def test_long_reading_counts_from_its_end() -> None:
    drain = judge(reading(), None, POLICY, NOON + 9 * SECOND, counts_from=NOON)
    assert (drain.checked_at, drain.empty_since) == (NOON, NOON + 9 * SECOND)


def test_number_of_blockers_is_bounded() -> None:
    many = tuple(replace(WAITING, instance_id=str(number)) for number in range(50))
    assert len(after((0, reading(unfinished=many))).blockers) == 10
    assert len(after((0, reading(problems=tuple("abcdefghijklm")))).blockers) == 10


readings = st.builds(
    reading,
    st.sampled_from([EMPTY, HIDDEN, VISIBLE, ACTIVITIES, ()]),
    st.sampled_from([(), (), (WAITING,)]),
    st.sampled_from([(), (), ("unreadable",)]),
)
gaps = st.integers(0, 1_000)


def lasting(seen: list[Step], holds: Callable[[HubReading], bool]) -> int:
    """Return for how many seconds, up to the last reading, all were of that kind."""
    last = [seconds for seconds, each in takewhile(lambda step: holds(step[1]), reversed(seen))]
    return last[0] - last[-1] if last else -1


def is_quiet(seen: HubReading) -> bool:
    work = any(queue.visible or (queue.activities and queue.messages) for queue in seen.queues)
    return seen.complete and not seen.unfinished and not work


def is_empty(seen: HubReading) -> bool:
    return is_quiet(seen) and not any(queue.messages for queue in seen.queues)


@given(st.lists(st.tuples(gaps, readings), min_size=1, max_size=12))
def test_drained_needs_a_streak_of_complete_quiet_readings(steps: list[Step]) -> None:
    times = accumulate(gap for gap, _ in steps)
    seen = [(seconds, each) for seconds, (_, each) in zip(times, steps, strict=True)]
    proven = lasting(seen, is_quiet) > 330 or lasting(seen, is_empty) >= 60
    assert (after(*seen).verdict is Verdict.DRAINED) == proven


@given(st.lists(st.tuples(gaps, readings), max_size=8), st.sampled_from([EMPTY, HIDDEN]))
def test_line_without_work_is_drained_in_the_end(steps: list[Step], queues: Queues) -> None:
    seconds, seen = 0, []
    for gap, each in steps:
        seconds += gap
        seen.append((seconds, each))
    quiet = [(seconds + wait, reading(queues)) for wait in (1, 100, 200, 300, 400)]
    assert after(*seen, *quiet).verdict is Verdict.DRAINED


UNMADE = HubReading(NOON, problems=("queue h-control-00 is missing",), made=False)


def test_line_that_never_opened_is_drained_without_a_hub() -> None:
    drain = judge(UNMADE, None, POLICY, NOON, counts_from=NOON, never_opened=True)
    assert drain == Drain(Verdict.DRAINED, NOON, quiet_since=NOON, empty_since=NOON)


@pytest.mark.parametrize(
    ("reading", "never_opened"),
    [(UNMADE, False), (replace(UNMADE, made=True), True)],
)
def test_any_other_hub_without_queues_is_unknown(reading: HubReading, never_opened: bool) -> None:
    drain = judge(reading, None, POLICY, NOON, counts_from=NOON, never_opened=never_opened)
    assert drain.verdict is Verdict.UNKNOWN
    assert drain.blockers == (Blocker(BlockerKind.UNREADABLE, "queue h-control-00 is missing"),)


def test_line_that_never_opened_is_busy_with_work() -> None:
    busy = replace(UNMADE, unfinished=(WAITING,))
    drain = judge(busy, None, POLICY, NOON, counts_from=NOON, never_opened=True)
    assert drain.verdict is Verdict.BUSY


def test_drained_line_may_retire() -> None:
    assert may_retire(LINE, 60 * SECOND)
    assert may_retire(replace(LINE, last_start_at=NOON - 60 * SECOND), 60 * SECOND)


@pytest.mark.parametrize(
    "change",
    [
        {"state": LineState.ACTIVE},
        {"drain": None},
        {"drain": Drain(Verdict.UNKNOWN, NOON)},
        {"drain": Drain(Verdict.BUSY, NOON)},
        {"operation": "patch-1-0-2"},
        {"last_start_at": NOON - 59 * SECOND},
        {"last_start_at": NOON + SECOND},
    ],
)
def test_line_may_not_retire_unless_drained_idle_and_free(change: dict[str, Any]) -> None:
    assert not may_retire(replace(LINE, **change), 60 * SECOND)


def test_retirement_itself_may_hold_the_line() -> None:
    held = replace(LINE, operation="retire-1-0-3")
    assert may_retire(held, 60 * SECOND, operation="retire-1-0-3")
    assert not may_retire(LINE, 60 * SECOND, operation="retire-1-0-3")


def test_readings_count_once_no_start_can_be_in_flight() -> None:
    assert counts_from(LINE, 5 * SECOND) == NOON + 5 * SECOND
    started = replace(LINE, last_start_at=NOON + 10 * SECOND)
    assert counts_from(started, 5 * SECOND) == NOON + 15 * SECOND
