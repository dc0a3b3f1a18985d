"""When a figure reaches as far as it should, and how it is written down."""

import pytest

from bench.figure import Figure, at_least, at_most


@pytest.mark.parametrize(
    ("reach", "value", "met"),
    [
        (at_most(1.25), 1.25, True),
        (at_most(1.25), 1.26, False),
        (at_least(0.8), 0.8, True),
        (at_least(0.8), 0.79, False),
        (at_most(0), 0.0, True),
        (at_most(0), 0.1, False),
    ],
)
def test_a_limit_is_on_the_good_side(reach, value, met):
    assert Figure("", reach, value, "").met is met


@pytest.mark.parametrize(
    ("reach", "value", "written"),
    [
        (at_most(15, "s"), 9.876, ("≤ 15 s", "9.88 s")),
        (at_most(0.15, "s"), 0.15, ("≤ 0.15 s", "0.15 s")),
        (at_most(100, "ms"), 11.6, ("≤ 100 ms", "12 ms")),
        (at_most(10, "% of a core"), 3.4, ("≤ 10 % of a core", "3.4 % of a core")),
        (at_most(0), 0.0, ("≤ 0", "0.00")),
    ],
)
def test_a_value_has_as_many_digits_as_it_is_worth(reach, value, written):
    assert (str(reach), Figure("", reach, value, "").measured) == written


@pytest.mark.parametrize(
    ("reach", "value", "written"), [(at_most(1.25), 1.2501, "1.26"), (at_least(0.8), 0.799, "0.79")]
)
def test_a_miss_is_never_rounded_into_a_hit(reach, value, written):
    figure = Figure("", reach, value, "")
    assert (figure.met, figure.measured) == (False, written)
