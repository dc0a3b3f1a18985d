"""The account of every start finds what is lost, duplicated or wrong, and nothing else."""

from collections import Counter
from dataclasses import replace

import pytest

from harness.start_ledger import (
    End,
    Entry,
    Execution,
    Observed,
    StartLedger,
    problems,
    unknown_instances,
)
from soak.plan import Start

ONE = Start(1, "1.0", waits=False, large=False, pause=0.1, hold=1.0)
TWO = replace(ONE, number=2, waits=True, own_id="own-2", also=("1.1",))
REQUESTED = (ONE, TWO)


def end(start: Start, status: str = "Completed") -> End:
    return End(status, start.value)


def executed(instance_id: str, number: int, began: str = "12:00") -> Execution:
    return Execution(instance_id, began, number)


WELL = Observed(
    ends={"1-0-a": end(ONE), "own-2": end(TWO)},
    executions=(executed("1-0-a", 1), executed("own-2", 2)),
)


@pytest.fixture
def ledger() -> StartLedger[Start]:
    made = StartLedger[Start]()
    made.add(Entry("1-0-a", ONE))
    made.add(Entry("own-2", TWO))
    return made


def problems_of(ledger: StartLedger[Start], observed: Observed) -> list[str]:
    return problems(ledger, REQUESTED, observed)


def test_complete_account_has_no_problem(ledger: StartLedger[Start]) -> None:
    assert problems_of(ledger, WELL) == []
    assert unknown_instances(ledger, WELL) == 0


def test_lost_start_is_found(ledger: StartLedger[Start]) -> None:
    lost = Observed({"own-2": end(TWO)}, (executed("own-2", 2),))
    assert problems_of(ledger, lost) == ["1-0-a was executed 0 times ()", "1-0-a does not exist"]


def test_second_execution_is_found(ledger: StartLedger[Start]) -> None:
    twice = replace(WELL, executions=(*WELL.executions, executed("1-0-a", 1, "12:01")))
    assert problems_of(ledger, twice) == ["1-0-a was executed 2 times (12:00, 12:01)"]


def test_execution_with_the_input_of_another_start_is_found(ledger: StartLedger[Start]) -> None:
    swapped = replace(WELL, executions=(executed("1-0-a", 2), executed("own-2", 2)))
    assert problems_of(ledger, swapped) == ["1-0-a was executed as start 2, not 1"]


@pytest.mark.parametrize("status", ["Running", "Pending", "Failed", "Terminated"])
def test_instance_that_has_not_completed_is_found(ledger: StartLedger[Start], status: str) -> None:
    observed = replace(WELL, ends={**WELL.ends, "1-0-a": end(ONE, status)})
    assert problems_of(ledger, observed) == [f"1-0-a is {status}"]


def test_output_of_another_start_is_found(ledger: StartLedger[Start]) -> None:
    observed = replace(WELL, ends={**WELL.ends, "1-0-a": end(TWO)})
    assert problems_of(ledger, observed) == [
        "1-0-a has the output of another start: {'nth': 2, 'filler': ''}",
    ]


def test_truncated_large_output_is_found() -> None:
    large = replace(ONE, large=True)
    ledger = StartLedger[Start]()
    ledger.add(Entry("1-0-a", large))
    cut = {**large.value, "filler": large.value["filler"][:-1]}
    observed = Observed({"1-0-a": End("Completed", cut)}, (executed("1-0-a", 1),))
    assert problems(ledger, [large], observed)[0].startswith(
        "1-0-a has the output of another start"
    )
    assert problems(ledger, [large], replace(observed, ends={"1-0-a": end(large)})) == []


def test_start_that_was_never_accepted_is_found() -> None:
    ledger = StartLedger[Start]()
    ledger.add(Entry("own-2", TWO))
    observed = Observed({"own-2": end(TWO)}, (executed("own-2", 2),))
    assert problems_of(ledger, observed) == ["start 1 for 1.0 was never accepted"]


def test_second_instance_is_a_duplicate_if_no_answer_was_lost(
    ledger: StartLedger[Start],
) -> None:
    duplicated = Observed(
        {**WELL.ends, "1-0-b": end(ONE)}, (*WELL.executions, executed("1-0-b", 1))
    )
    assert problems_of(ledger, duplicated) == [
        "start 1 was duplicated: 1 more instances than responses"
    ]
    ledger.uncertain = Counter({1: 1})
    assert problems_of(ledger, duplicated) == []
    assert unknown_instances(ledger, duplicated) == 1


def test_instance_whose_response_was_lost_is_checked_alike(ledger: StartLedger[Start]) -> None:
    ledger.uncertain = Counter({1: 2})
    ends = {**WELL.ends, "1-0-b": end(ONE, "Pending")}
    executions = (*WELL.executions, executed("1-0-b", 1), executed("1-0-b", 1, "12:01"))
    assert problems_of(ledger, Observed(ends, executions)) == [
        "1-0-b was executed 2 times (12:00, 12:01)",
        "1-0-b is Pending",
    ]


def test_unknown_instance_that_never_ran_is_found(ledger: StartLedger[Start]) -> None:
    left = replace(WELL, ends={**WELL.ends, "1-0-c": End("Pending", None)})
    assert problems_of(ledger, left) == ["1-0-c belongs to no start"]


def test_id_accepted_twice_may_be_executed_twice_but_not_more() -> None:
    ledger = StartLedger[Start]()
    ledger.add(Entry("1-0-a", ONE))
    ledger.add(Entry("own-2", TWO, times=2))
    assert problems_of(ledger, WELL) == []
    second, third = executed("own-2", 2, "12:01"), executed("own-2", 2, "12:02")
    assert problems_of(ledger, replace(WELL, executions=(*WELL.executions, second))) == []
    assert problems_of(ledger, replace(WELL, executions=(*WELL.executions, second, third))) == [
        "own-2 was executed 3 times (12:00, 12:01, 12:02)"
    ]


def test_wrong_answers_come_first(ledger: StartLedger[Start]) -> None:
    ledger.wrong_answers.append("start 3 for 1.0 got 500")
    assert problems_of(ledger, WELL) == ["start 3 for 1.0 got 500"]


def test_instance_of_another_start_is_refused(ledger: StartLedger[Start]) -> None:
    with pytest.raises(ValueError, match="was accepted before"):
        ledger.add(Entry("own-2", ONE))
