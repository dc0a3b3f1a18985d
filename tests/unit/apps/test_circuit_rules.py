"""An app that fails in a row is sent a probe once in a while, until it answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.apps.circuit_rules import Circuit, admits, answered, failed, is_open, sent, taken

CALLS = st.lists(st.tuples(st.sampled_from((sent, answered, failed)), st.floats(0, 10)))


def after_failures(*times: float) -> Circuit:
    circuit = Circuit()
    for now in times:
        circuit = failed(sent(circuit, now), now)
    return circuit


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((0, 1, 2, 3), False),  # too few
        ((0, 0.5, 1, 1.5, 1.9), False),  # a host that restarts its worker
        ((0, 0.5, 1, 1.5, 2), True),
        ((0,) * 99, False),
        ((0,) * 100, True),  # under load
    ],
)
def test_circuit_opens_after_failures_that_last(times: tuple[float, ...], expected: bool) -> None:
    circuit = after_failures(*times)
    assert is_open(circuit, times[-1]) is expected
    assert admits(circuit, times[-1]) is not expected


def test_open_circuit_lets_one_probe_through_in_a_while() -> None:
    circuit = after_failures(0, 1, 2, 3, 4)
    assert [now for now in range(4, 12) if admits(circuit, now)] == [9, 10, 11]
    circuit = taken(circuit, 9)
    assert [now for now in range(9, 16) if admits(circuit, now)] == [14, 15]


def test_one_answer_closes_the_circuit() -> None:
    circuit = answered(sent(after_failures(0, 1, 2, 3, 4), 9), 9)
    assert not is_open(circuit, 9)
    assert not is_open(after_failures(), 100)


def test_app_that_does_not_answer_gets_no_more_than_some_calls() -> None:
    circuit = Circuit()
    for _ in range(64):
        circuit = sent(circuit, 10.0)
    assert admits(circuit, 11.9)
    assert not admits(circuit, 12.0)
    assert admits(answered(circuit, 12.0), 13.9)  # busy, but alive


def test_app_that_was_idle_for_long_is_not_taken_for_silent() -> None:
    circuit = answered(sent(Circuit(), 0.0), 0.0)
    for _ in range(64):
        circuit = sent(circuit, 100.0)
    assert admits(circuit, 101.0)


@given(CALLS)
def test_any_app_is_asked_again_in_the_end(calls: list[tuple[object, float]]) -> None:
    circuit, now = Circuit(), 0.0
    for rule, pause in calls:
        now += pause
        circuit = rule(circuit, now)  # type: ignore[operator]
    while circuit.waiting:  # every call ends
        circuit = failed(circuit, now)
    assert admits(circuit, now + 5.0)
