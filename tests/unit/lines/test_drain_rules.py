"""When a line's work is done: never on one look, never on a partial one, always in the end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.model import (
    Blocker,
    BlockerKind,
    Drain,
    HubReading,
    QueueReading,
    UnfinishedInstance,
    Verdict,
)
from router.lines.drain_rules import DrainPolicy, judge

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
POLICY = DrainPolicy(visibility=300 * SECOND, margin=30 * SECOND, apart=60 * SECOND)
EMPTY = (QueueReading("h-control-00", 0, False), QueueReading("h-workitems", 0, False))
HIDDEN = (QueueReading("h-control-00", 4, False), QueueReading("h-workitems", 0, False))
VISIBLE = (QueueReading("h-control-00", 1, True),)
ORDER, CREATED = "order order-7", "created 2026-11-22 12:00:00 UTC"
WAITING = UnfinishedInstance("order-7", "order", "Running", NOON)


def pending(**others) -> UnfinishedInstance:
    return replace(WAITING, runtime_status="Pending", **others)


def after(*readings: tuple[float, HubReading]) -> Drain:
    """The judgement after readings at so many seconds after noon; they count from noon on."""
    drain = None
    for seconds, reading in readings:
        at = NOON + seconds * SECOND
        drain = judge(replace(reading, read_at=at), drain, POLICY, at, counts_from=NOON)
    assert drain is not None
    return drain


def reading(queues=EMPTY, unfinished=(), problems=()) -> HubReading:
    return HubReading(NOON, unfinished, queues, problems)


def test_an_unfinished_instance_holds_the_line_and_is_named():
    assert after((0, reading(unfinished=(WAITING,)))) == Drain(
        Verdict.BUSY,
        NOON,
        (
            Blocker(
                BlockerKind.INSTANCE,
                f"{ORDER} is Running, {CREATED}: it is working, or waiting for an event, a timer "
                "or a child",
                "order-7",
                "order",
                "Running",
                NOON,
            ),
        ),
    )


def test_a_visible_message_holds_the_line_though_no_row_tells_of_it():
    assert after((0, reading(VISIBLE))) == Drain(
        Verdict.BUSY,
        NOON,
        (
            Blocker(
                BlockerKind.MESSAGE,
                "a start, an event or a signal is waiting in queue h-control-00; the line's app "
                "must be running to take it",
                name="h-control-00",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("instance", "told"),
    [
        (pending(), f"{ORDER} is Pending, {CREATED}: the line's app has not started it yet"),
        (
            pending(scheduled_at=NOON + 3600 * SECOND),
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
def test_an_operator_is_told_what_an_unfinished_instance_waits_for(instance, told):
    assert after((0, reading(unfinished=(instance,)))).blockers[0].detail == told


ACTIVITIES = (EMPTY[0], QueueReading("h-workitems", 2, False, activities=True))


def test_an_activity_under_way_holds_the_line_however_long_it_takes():
    """Its message is out of sight as long as it runs, and never that of a timer."""
    under_way = reading(ACTIVITIES)
    told = "2 activities are running (queue h-workitems); if a worker died, its activity runs again"
    assert after(*((seconds, under_way) for seconds in range(0, 100_000, 1_000))) == Drain(
        Verdict.BUSY,
        NOON + 99_000 * SECOND,
        (Blocker(BlockerKind.MESSAGE, told, name="h-workitems"),),
    )
    assert after((0, under_way), (1, reading()), (61, reading())).verdict is Verdict.DRAINED


def test_an_activity_that_nobody_has_taken_is_told_as_one():
    waiting = QueueReading("h-workitems", 1, True, activities=True)
    assert after((0, reading((waiting,)))).blockers[0].detail == (
        "an activity is waiting in queue h-workitems; the line's app must be running to take it"
    )


def test_a_partial_reading_proves_nothing_but_work():
    gone = reading(problems=("h-control-01: time-out",))
    assert after((0, gone)) == Drain(
        Verdict.UNKNOWN, NOON, (Blocker(BlockerKind.UNREADABLE, "h-control-01: time-out"),)
    )
    assert after((0, replace(gone, unfinished=(WAITING,)))).verdict is Verdict.BUSY


def test_two_empty_readings_apart_are_proof():
    first = after((0, reading()))
    settling = "no work was found; drained if there is none at 2026-11-22 12:01:00 UTC either"
    assert first == Drain(
        Verdict.UNKNOWN, NOON, (Blocker(BlockerKind.SETTLING, settling),), NOON, NOON
    )
    assert after((0, reading()), (59, reading())).verdict is Verdict.UNKNOWN
    assert after((0, reading()), (60, reading())) == Drain(
        Verdict.DRAINED, NOON + 60 * SECOND, (), NOON, NOON
    )


def test_invisible_messages_are_outwaited():
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
        Verdict.DRAINED,
        NOON + 331 * SECOND,
        (Blocker(BlockerKind.SETTLING, left),),
        NOON,
    )


def test_one_invisible_message_is_spoken_of_as_one():
    one = reading((QueueReading("q", 1, False),))
    assert after((0, one), (400, one)).blockers[0].detail.startswith("1 invisible message remains")


def test_queues_that_fill_again_begin_the_proof_of_emptiness_anew():
    drain = after((0, reading()), (30, reading(HIDDEN)), (70, reading()))
    assert drain.verdict is Verdict.UNKNOWN
    assert (drain.quiet_since, drain.empty_since) == (NOON, NOON + 70 * SECOND)


@pytest.mark.parametrize(
    "between",
    [reading(problems=("x",)), reading(VISIBLE), reading(unfinished=(WAITING,))],
)
def test_work_or_a_partial_reading_breaks_the_run(between):
    drain = after((0, reading()), (100, between), (200, reading()))
    assert drain.verdict is Verdict.UNKNOWN
    assert drain.quiet_since == drain.empty_since == NOON + 200 * SECOND


def test_readings_from_before_the_line_drained_do_not_count():
    early = after((-1, reading()))
    wait = "starts may still be in flight until 2026-11-22 12:00:00 UTC"
    assert early == Drain(Verdict.UNKNOWN, NOON - SECOND, (Blocker(BlockerKind.SETTLING, wait),))
    before = Drain(Verdict.DRAINED, NOON - 90 * SECOND, (), NOON - 90 * SECOND, NOON - 90 * SECOND)
    at = NOON + SECOND
    late = judge(replace(reading(), read_at=at), before, POLICY, at, counts_from=NOON)
    assert (late.verdict, late.quiet_since) == (Verdict.UNKNOWN, at)


def test_a_long_reading_counts_from_its_end():
    drain = judge(reading(), None, POLICY, NOON + 9 * SECOND, counts_from=NOON)
    assert (drain.checked_at, drain.empty_since) == (NOON, NOON + 9 * SECOND)


def test_what_is_shown_is_bounded():
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


def lasting(seen, holds) -> int:
    """For how many seconds, up to the last reading, every reading was of that kind."""
    last = [seconds for seconds, each in takewhile(lambda step: holds(step[1]), reversed(seen))]
    return last[0] - last[-1] if last else -1


def is_quiet(seen: HubReading) -> bool:
    work = any(queue.visible or (queue.activities and queue.messages) for queue in seen.queues)
    return seen.complete and not seen.unfinished and not work


def is_empty(seen: HubReading) -> bool:
    return is_quiet(seen) and not any(queue.messages for queue in seen.queues)


@given(st.lists(st.tuples(gaps, readings), min_size=1, max_size=12))
def test_drained_always_rests_on_an_unbroken_run_of_complete_quiet_readings(steps):
    times = accumulate(gap for gap, _ in steps)
    seen = [(seconds, each) for seconds, (_, each) in zip(times, steps, strict=True)]
    proven = lasting(seen, is_quiet) > 330 or lasting(seen, is_empty) >= 60
    assert (after(*seen).verdict is Verdict.DRAINED) == proven


@given(st.lists(st.tuples(gaps, readings), max_size=8), st.sampled_from([EMPTY, HIDDEN]))
def test_a_line_without_work_is_drained_in_the_end(steps, queues):
    seconds, seen = 0, []
    for gap, each in steps:
        seconds += gap
        seen.append((seconds, each))
    quiet = [(seconds + wait, reading(queues)) for wait in (1, 100, 200, 300, 400)]
    assert after(*seen, *quiet).verdict is Verdict.DRAINED


UNMADE = HubReading(NOON, problems=("queue h-control-00 is missing",), made=False)


def test_a_hub_that_was_never_made_holds_nothing_of_a_line_that_never_opened():
    drain = judge(UNMADE, None, POLICY, NOON, counts_from=NOON, never_opened=True)
    assert drain == Drain(Verdict.DRAINED, NOON, quiet_since=NOON, empty_since=NOON)


@pytest.mark.parametrize(
    ("reading", "never_opened"),
    [(UNMADE, False), (replace(UNMADE, made=True), True)],
)
def test_any_other_hub_without_queues_proves_nothing(reading, never_opened):
    drain = judge(reading, None, POLICY, NOON, counts_from=NOON, never_opened=never_opened)
    assert drain.verdict is Verdict.UNKNOWN
    assert drain.blockers == (Blocker(BlockerKind.UNREADABLE, "queue h-control-00 is missing"),)


def test_work_of_a_line_that_never_opened_holds_it():
    at_work = replace(UNMADE, unfinished=(WAITING,))
    drain = judge(at_work, None, POLICY, NOON, counts_from=NOON, never_opened=True)
    assert drain.verdict is Verdict.BUSY
