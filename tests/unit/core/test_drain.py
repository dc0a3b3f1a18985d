"""When a line's work is done: never on one look, never on a partial one, always in the end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.drain import DrainPolicy, counts_from, judge, may_retire
from router.core.model import (
    Drain,
    HubReading,
    Line,
    QueueReading,
    UnfinishedInstance,
    Verdict,
    Witness,
    WitnessKind,
)
from router.core.states import LineState
from router.core.version import LineId

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
POLICY = DrainPolicy(visibility=300 * SECOND, margin=30 * SECOND, apart=60 * SECOND)
EMPTY = (QueueReading("h-control-00", 0, False), QueueReading("h-workitems", 0, False))
HIDDEN = (QueueReading("h-control-00", 4, False), QueueReading("h-workitems", 0, False))
VISIBLE = (QueueReading("h-control-00", 1, True),)
WAITING = UnfinishedInstance("order-7", "order", "Running", NOON)


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
            Witness(
                WitnessKind.INSTANCE,
                "order order-7 is Running since 2026-11-22 12:00:00 UTC",
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
            Witness(
                WitnessKind.MESSAGE,
                "a start, an event or a signal waits in queue h-control-00 and no worker has "
                "taken it",
                name="h-control-00",
            ),
        ),
    )


def test_a_partial_reading_proves_nothing_but_work():
    gone = reading(problems=("h-control-01: time-out",))
    assert after((0, gone)) == Drain(
        Verdict.UNKNOWN, NOON, (Witness(WitnessKind.UNREADABLE, "h-control-01: time-out"),)
    )
    assert after((0, replace(gone, unfinished=(WAITING,)))).verdict is Verdict.BUSY


def test_two_empty_readings_apart_are_proof():
    first = after((0, reading()))
    settling = "no work is seen; proven when it is so again at 2026-11-22 12:01:00 UTC"
    assert first == Drain(
        Verdict.UNKNOWN, NOON, (Witness(WitnessKind.SETTLING, settling),), NOON, NOON
    )
    assert after((0, reading()), (59, reading())).verdict is Verdict.UNKNOWN
    assert after((0, reading()), (60, reading())) == Drain(
        Verdict.DRAINED, NOON + 60 * SECOND, (), NOON, NOON
    )


def test_invisible_messages_are_outwaited():
    hidden = reading(HIDDEN)
    settling = (
        "4 invisible messages are left, work under way or timers of ended instances; "
        "proven at 2026-11-22 12:05:30 UTC"
    )
    early = after((0, hidden), (330, hidden))
    assert (early.verdict, early.why) == (
        Verdict.UNKNOWN,
        (Witness(WitnessKind.SETTLING, settling),),
    )
    left = "4 invisible messages are left: timers of instances that have ended"
    assert after((0, hidden), (331, hidden)) == Drain(
        Verdict.DRAINED,
        NOON + 331 * SECOND,
        (Witness(WitnessKind.SETTLING, left),),
        NOON,
    )


def test_one_invisible_message_is_spoken_of_as_one():
    one = reading((QueueReading("q", 1, False),))
    assert after((0, one), (400, one)).why[0].detail.startswith("1 invisible message is left")


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
    wait = "starts may still be under way until 2026-11-22 12:00:00 UTC"
    assert early == Drain(Verdict.UNKNOWN, NOON - SECOND, (Witness(WitnessKind.SETTLING, wait),))
    before = Drain(Verdict.DRAINED, NOON - 90 * SECOND, (), NOON - 90 * SECOND, NOON - 90 * SECOND)
    at = NOON + SECOND
    late = judge(replace(reading(), read_at=at), before, POLICY, at, counts_from=NOON)
    assert (late.verdict, late.quiet_since) == (Verdict.UNKNOWN, at)


def test_a_long_reading_counts_from_its_end():
    drain = judge(reading(), None, POLICY, NOON + 9 * SECOND, counts_from=NOON)
    assert (drain.checked_at, drain.empty_since) == (NOON, NOON + 9 * SECOND)


def test_what_is_shown_is_bounded():
    many = tuple(replace(WAITING, instance_id=str(number)) for number in range(50))
    assert len(after((0, reading(unfinished=many))).why) == 10
    assert len(after((0, reading(problems=tuple("abcdefghijklm")))).why) == 10


readings = st.builds(
    reading,
    st.sampled_from([EMPTY, HIDDEN, VISIBLE, ()]),
    st.sampled_from([(), (), (WAITING,)]),
    st.sampled_from([(), (), ("unreadable",)]),
)
gaps = st.integers(0, 1_000)


def lasting(seen, holds) -> int:
    """For how many seconds, up to the last reading, every reading was of that kind."""
    last = [seconds for seconds, each in takewhile(lambda step: holds(step[1]), reversed(seen))]
    return last[0] - last[-1] if last else -1


def is_quiet(seen: HubReading) -> bool:
    return seen.complete and not seen.unfinished and not any(q.visible for q in seen.queues)


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


DRAINED = Drain(Verdict.DRAINED, NOON)
LINE = Line(LineId(1, 0), LineState.DRAINING, NOON, "app", "plan", "Hub", drain=DRAINED)


def test_a_drained_line_may_retire():
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
def test_a_line_stays_while_anything_speaks_against_it(change):
    assert not may_retire(replace(LINE, **change), 60 * SECOND)


def test_an_operation_does_not_stand_in_its_own_way():
    held = replace(LINE, operation="retire-1-0-3")
    assert may_retire(held, 60 * SECOND, operation="retire-1-0-3")
    assert not may_retire(LINE, 60 * SECOND, operation="retire-1-0-3")


def test_readings_count_once_no_start_can_be_under_way_unseen():
    assert counts_from(LINE, 5 * SECOND) == NOON + 5 * SECOND
    started = replace(LINE, last_start_at=NOON + 10 * SECOND)
    assert counts_from(started, 5 * SECOND) == NOON + 15 * SECOND


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
    assert drain.why == (Witness(WitnessKind.UNREADABLE, "queue h-control-00 is missing"),)


def test_work_of_a_line_that_never_opened_holds_it():
    at_work = replace(UNMADE, unfinished=(WAITING,))
    drain = judge(at_work, None, POLICY, NOON, counts_from=NOON, never_opened=True)
    assert drain.verdict is Verdict.BUSY
