"""Figures and their targets."""

import pytest

from bench.figure import Figure, Target, at_least, at_most


@pytest.mark.parametrize(
    ("target", "value", "met"),
    [
        (at_most(1.25), 1.25, True),
        (at_most(1.25), 1.26, False),
        (at_least(0.8), 0.8, True),
        (at_least(0.8), 0.79, False),
        (at_most(0), 0.0, True),
        (at_most(0), 0.1, False),
    ],
)
def test_limit_itself_meets_the_target(target: Target, value: float, met: bool) -> None:
    assert Figure("", target, value, "").met is met


@pytest.mark.parametrize(
    ("target", "value", "text"),
    [
        (at_most(15, "s"), 9.876, ("≤ 15 s", "9.88 s")),
        (at_most(0.15, "s"), 0.15, ("≤ 0.15 s", "0.15 s")),
        (at_most(100, "ms"), 11.6, ("≤ 100 ms", "12 ms")),
        (at_most(10, "% of a core"), 3.4, ("≤ 10 % of a core", "3.4 % of a core")),
        (at_most(0), 0.0, ("≤ 0", "0.00")),
    ],
)
def test_value_has_the_decimals_of_its_unit(
    target: Target, value: float, text: tuple[str, str]
) -> None:
    assert (str(target), Figure("", target, value, "").measured) == text


@pytest.mark.parametrize(
    ("target", "value", "text"), [(at_most(1.25), 1.2501, "1.26"), (at_least(0.8), 0.799, "0.79")]
)
def test_missed_target_is_not_rounded_to_a_met_one(target: Target, value: float, text: str) -> None:
    figure = Figure("", target, value, "")
    assert (figure.met, figure.measured) == (False, text)
