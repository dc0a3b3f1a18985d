"""The account of every start: it finds what is lost, doubled or wrong, and nothing else."""

from collections import Counter
from dataclasses import replace

import pytest

from soak.ledger import End, Entry, Found, Ledger, Trace, strangers, wrong
from soak.plan import Start

ONE = Start(1, "1.0", waits=False, large=False, pause=0.1, hold=1.0)
TWO = replace(ONE, nth=2, waits=True, own_id="own-2", also=("1.1",))
PLANNED = (ONE, TWO)


def end(start: Start, status: str = "Completed") -> End:
    return End(status, start.value)


def trace(instance_id: str, nth: int, began: str = "12:00") -> Trace:
    return Trace(instance_id, began, nth)


WELL = Found(
    ends={"1-0-a": end(ONE), "own-2": end(TWO)},
    traces=(trace("1-0-a", 1), trace("own-2", 2)),
)


@pytest.fixture
def ledger() -> Ledger:
    made = Ledger()
    made.take(Entry("1-0-a", ONE))
    made.take(Entry("own-2", TWO))
    return made


def told(ledger: Ledger, found: Found) -> list[str]:
    return wrong(ledger, PLANNED, found)


def test_when_all_is_well_nothing_is_wrong(ledger: Ledger) -> None:
    assert told(ledger, WELL) == []
    assert strangers(ledger, WELL) == 0


def test_a_start_that_was_lost_is_found(ledger: Ledger) -> None:
    lost = Found({"own-2": end(TWO)}, (trace("own-2", 2),))
    assert told(ledger, lost) == ["1-0-a was executed 0 times ()", "1-0-a is not there"]


def test_a_start_that_was_executed_twice_is_found(ledger: Ledger) -> None:
    twice = replace(WELL, traces=(*WELL.traces, trace("1-0-a", 1, "12:01")))
    assert told(ledger, twice) == ["1-0-a was executed 2 times (12:00, 12:01)"]


def test_an_instance_that_ran_with_the_input_of_another_is_found(ledger: Ledger) -> None:
    swapped = replace(WELL, traces=(trace("1-0-a", 2), trace("own-2", 2)))
    assert told(ledger, swapped) == ["1-0-a was executed as start 2, not 1"]


@pytest.mark.parametrize("status", ["Running", "Pending", "Failed", "Terminated"])
def test_an_instance_that_has_not_completed_is_found(ledger: Ledger, status: str) -> None:
    found = replace(WELL, ends={**WELL.ends, "1-0-a": end(ONE, status)})
    assert told(ledger, found) == [f"1-0-a is {status}"]


def test_an_output_that_is_another_starts_is_found(ledger: Ledger) -> None:
    found = replace(WELL, ends={**WELL.ends, "1-0-a": end(TWO)})
    assert told(ledger, found) == [
        "1-0-a has not its own output, but {'nth': 2, 'filler': ''}",
    ]


def test_a_large_output_that_lost_its_end_is_found() -> None:
    large = replace(ONE, large=True)
    ledger = Ledger()
    ledger.take(Entry("1-0-a", large))
    cut = {**large.value, "filler": large.value["filler"][:-1]}
    found = Found({"1-0-a": End("Completed", cut)}, (trace("1-0-a", 1),))
    assert wrong(ledger, [large], found)[0].startswith("1-0-a has not its own output")
    assert wrong(ledger, [large], replace(found, ends={"1-0-a": end(large)})) == []


def test_a_start_that_nobody_took_is_found() -> None:
    ledger = Ledger()
    ledger.take(Entry("own-2", TWO))
    found = Found({"own-2": end(TWO)}, (trace("own-2", 2),))
    assert told(ledger, found) == ["start 1 for 1.0 was never taken"]


def test_a_second_instance_is_a_doubled_start_unless_an_answer_was_cut_off(ledger: Ledger) -> None:
    doubled = Found({**WELL.ends, "1-0-b": end(ONE)}, (*WELL.traces, trace("1-0-b", 1)))
    assert told(ledger, doubled) == ["start 1 was doubled: 1 more than were answered"]
    ledger.cut_off = Counter({1: 1})
    assert told(ledger, doubled) == []
    assert strangers(ledger, doubled) == 1


def test_an_instance_whose_answer_was_cut_off_is_held_to_the_same(ledger: Ledger) -> None:
    ledger.cut_off = Counter({1: 2})
    ends = {**WELL.ends, "1-0-b": end(ONE, "Pending")}
    traces = (*WELL.traces, trace("1-0-b", 1), trace("1-0-b", 1, "12:01"))
    assert told(ledger, Found(ends, traces)) == [
        "1-0-b was executed 2 times (12:00, 12:01)",
        "1-0-b is Pending",
    ]


def test_an_instance_that_never_ran_and_nobody_knows_of_is_found(ledger: Ledger) -> None:
    left = replace(WELL, ends={**WELL.ends, "1-0-c": End("Pending", None)})
    assert told(ledger, left) == ["nobody started 1-0-c"]


def test_an_id_that_was_taken_twice_may_be_one_instance_or_two_one_after_the_other() -> None:
    ledger = Ledger()
    ledger.take(Entry("1-0-a", ONE))
    ledger.take(Entry("own-2", TWO, times=2))
    assert told(ledger, WELL) == []
    second, third = trace("own-2", 2, "12:01"), trace("own-2", 2, "12:02")
    assert told(ledger, replace(WELL, traces=(*WELL.traces, second))) == []
    assert told(ledger, replace(WELL, traces=(*WELL.traces, second, third))) == [
        "own-2 was executed 3 times (12:00, 12:01, 12:02)"
    ]


def test_wrong_answers_are_told_first(ledger: Ledger) -> None:
    ledger.wrong.append("start 3 for 1.0 got 500")
    assert told(ledger, WELL) == ["start 3 for 1.0 got 500"]


def test_one_instance_is_not_two_starts(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="was taken before"):
        ledger.take(Entry("own-2", ONE))
