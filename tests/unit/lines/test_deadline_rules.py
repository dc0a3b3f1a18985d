"""Deadlines of draining lines: off unless asked for, and again while work is left."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from router.domain.line_states import LineState
from router.domain.model import Drain, Line, Verdict
from router.domain.version import LineId
from router.lines.deadline_rules import DeadlinePolicy, Due, due, terminated, warned

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = DeadlinePolicy(warn_after=HOUR, terminate_after=3 * HOUR, repeat_after=HOUR / 2)
BUSY = Line(
    LineId(1, 0),
    LineState.DRAINING,
    NOON,
    "app",
    "plan",
    "Hub1x0",
    drain=Drain(Verdict.BUSY, NOON),
)


def test_without_deadlines_nothing_is_ever_due():
    assert due(BUSY, DeadlinePolicy(), NOON + 10_000 * HOUR) is Due.NOTHING


def test_people_are_told_once():
    assert due(BUSY, POLICY, NOON + HOUR - timedelta.resolution) is Due.NOTHING
    assert due(BUSY, POLICY, NOON + HOUR) is Due.WARNING
    assert due(warned(BUSY, NOON + HOUR), POLICY, NOON + 2 * HOUR) is Due.NOTHING


def test_work_is_ended_at_the_deadline_and_again_while_some_is_left():
    told = warned(BUSY, NOON + HOUR)
    assert due(told, POLICY, NOON + 3 * HOUR) is Due.TERMINATION
    ended = terminated(told, NOON + 3 * HOUR)
    assert ended == replace(told, closed=True, terminated_at=NOON + 3 * HOUR)
    assert due(ended, POLICY, NOON + 3 * HOUR + HOUR / 2 - timedelta.resolution) is Due.NOTHING
    assert due(ended, POLICY, NOON + 3 * HOUR + HOUR / 2) is Due.TERMINATION


def test_either_deadline_stands_alone():
    later = NOON + 9 * HOUR
    assert due(BUSY, replace(POLICY, terminate_after=None), later) is Due.WARNING
    assert due(BUSY, replace(POLICY, warn_after=None), NOON + 2 * HOUR) is Due.NOTHING
    assert due(BUSY, replace(POLICY, warn_after=None), later) is Due.TERMINATION


@pytest.mark.parametrize("state", set(LineState) - {LineState.DRAINING})
def test_only_a_draining_line_has_a_deadline(state):
    assert due(replace(BUSY, state=state), POLICY, NOON + 9 * HOUR) is Due.NOTHING


def test_a_line_whose_work_is_done_is_in_no_ones_way():
    done = replace(BUSY, drain=Drain(Verdict.DRAINED, NOON))
    assert due(done, POLICY, NOON + 9 * HOUR) is Due.NOTHING


def test_an_unknown_line_may_have_work_and_is_ended_too():
    unknown = replace(BUSY, drain=Drain(Verdict.UNKNOWN, NOON))
    assert due(unknown, POLICY, NOON + 9 * HOUR) is Due.TERMINATION
    assert due(replace(BUSY, drain=None), POLICY, NOON + 9 * HOUR) is Due.TERMINATION
