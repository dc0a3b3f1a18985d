"""A line that only waits for requests is checked less often, and looked at once it drains."""

from dataclasses import replace
from datetime import timedelta

import pytest

from router.domain.line_states import LineState
from router.domain.model import Drain, Line, Verdict
from router.domain.version import LineId
from router.lines.tick_rules import highest, is_overdue, pause
from tests.fakes.router import NOON

SECONDS = 60.0


def line(minor: int, state: LineState = LineState.ACTIVE) -> Line:
    return Line(LineId(1, minor), state, NOON, "app", "plan", f"Hub1x{minor}")


def test_idle_line_is_checked_less_often_than_the_highest() -> None:
    lines = [line(0), line(1)]
    assert pause(lines[0], lines, SECONDS) == 300
    assert pause(lines[1], lines, SECONDS) == 60
    lines[1] = line(1, LineState.FAILED)
    assert [pause(each, lines, SECONDS) for each in lines] == [60, 60]


@pytest.mark.parametrize(
    "busy",
    [
        line(0, LineState.DRAINING),
        line(0, LineState.FAILED),
        replace(line(0), operation="patch-1-0-1"),
        replace(line(0), needs_repair=True),
    ],
)
def test_line_with_something_to_do_keeps_the_pace(busy: Line) -> None:
    assert pause(busy, [busy, line(1)], SECONDS) == 60


def test_retired_lines_are_not_the_highest() -> None:
    assert highest([line(0), line(1, LineState.RETIRED)]) == LineId(1, 0)
    assert highest([line(1, LineState.REGISTERED)]) is None


def test_line_is_overdue_until_its_own_monitor_looks() -> None:
    draining = line(0, LineState.DRAINING)
    late = NOON + timedelta(seconds=121)
    assert not is_overdue(draining, SECONDS, NOON + timedelta(seconds=119))
    assert is_overdue(draining, SECONDS, late)
    looked = replace(draining, drain=Drain(Verdict.BUSY, NOON + timedelta(seconds=90), ()))
    assert not is_overdue(looked, SECONDS, late)
    assert is_overdue(looked, SECONDS, late + timedelta(seconds=90))


def test_line_is_not_overdue_while_it_is_read_in_slices() -> None:
    reading = Drain(Verdict.UNKNOWN, NOON, (), cursor="next")
    draining = replace(line(0, LineState.DRAINING), drain=reading)
    assert not is_overdue(draining, SECONDS, NOON + timedelta(hours=1))
    assert not is_overdue(line(0), SECONDS, NOON + timedelta(hours=1))
