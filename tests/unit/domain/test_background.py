"""Functions that run of their own accord belong to the highest active line."""

from dataclasses import replace

import pytest

from router.domain.background import BackgroundTriggers, functions_to_disable
from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.version import LineId
from tests.fakes.router import NOON

NEWEST, ALL = BackgroundTriggers.NEWEST, BackgroundTriggers.ALL
NAMES = ("poll", "tick")


def line(minor: int, state: LineState = LineState.ACTIVE) -> Line:
    names = (f"app{minor}", f"plan{minor}", f"Hub{minor}")
    return Line(LineId(1, minor), state, NOON, *names, background=NAMES)


def disabled(asked: Line, *others: Line, wanted: BackgroundTriggers = NEWEST) -> tuple[str, ...]:
    return functions_to_disable(asked, (asked, *others), wanted)


def test_they_run_on_the_highest_active_line() -> None:
    assert disabled(line(1), line(0)) == ()
    assert disabled(line(0), line(1)) == NAMES


@pytest.mark.parametrize("state", [s for s in LineState if s is not LineState.ACTIVE])
def test_higher_line_counts_once_it_is_active(state: LineState) -> None:
    assert disabled(line(0), line(1, state)) == ()


def test_line_that_drains_does_not_run_them_even_if_alone() -> None:
    assert disabled(line(1, LineState.DRAINING)) == NAMES
    assert disabled(line(0), line(1, LineState.DRAINING)) == ()


def test_line_that_comes_up_is_judged_as_if_it_were_active() -> None:
    coming = LineState.PROVISIONING
    assert disabled(line(2, coming), line(1)) == ()
    assert disabled(line(0, coming), line(1)) == NAMES


def test_they_run_on_every_line_if_so_wanted() -> None:
    assert disabled(line(0, LineState.DRAINING), line(1), wanted=ALL) == ()


def test_line_without_such_functions_has_none_to_disable() -> None:
    assert disabled(replace(line(0), background=()), line(1)) == ()


@pytest.mark.parametrize("names", [(), NAMES])
def test_nothing_changes_below_a_line_of_a_newer_router(names: tuple[str, ...]) -> None:
    below = replace(line(0), disabled=names)
    assert disabled(below, line(1, LineState("resting"))) == names
    assert disabled(below, line(1), line(2, LineState.FAILED)) == NAMES
