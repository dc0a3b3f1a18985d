"""Deadlines of draining lines are off by default, and recur while any work is left."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from router.domain.line_states import LineState
from router.domain.model import Drain, Line, Verdict
from router.domain.version import LineId
from router.draining.deadline_rules import DeadlinePolicy, Due, due, terminated, warned

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


def test_nothing_is_due_without_deadlines() -> None:
    assert due(BUSY, DeadlinePolicy(), NOON + 10_000 * HOUR) is Due.NOTHING


def test_warning_is_due_once() -> None:
    assert due(BUSY, POLICY, NOON + HOUR - timedelta.resolution) is Due.NOTHING
    assert due(BUSY, POLICY, NOON + HOUR) is Due.WARNING
    assert due(warned(BUSY, NOON + HOUR), POLICY, NOON + 2 * HOUR) is Due.NOTHING


def test_termination_is_due_at_the_deadline_and_again_after_it() -> None:
    warned_line = warned(BUSY, NOON + HOUR)
    assert due(warned_line, POLICY, NOON + 3 * HOUR) is Due.TERMINATION
    ended = terminated(warned_line, NOON + 3 * HOUR)
    assert ended == replace(warned_line, closed=True, terminated_at=NOON + 3 * HOUR)
    assert due(ended, POLICY, NOON + 3 * HOUR + HOUR / 2 - timedelta.resolution) is Due.NOTHING
    assert due(ended, POLICY, NOON + 3 * HOUR + HOUR / 2) is Due.TERMINATION


def test_deadlines_are_independent() -> None:
    later = NOON + 9 * HOUR
    assert due(BUSY, replace(POLICY, terminate_after=None), later) is Due.WARNING
    assert due(BUSY, replace(POLICY, warn_after=None), NOON + 2 * HOUR) is Due.NOTHING
    assert due(BUSY, replace(POLICY, warn_after=None), later) is Due.TERMINATION


@pytest.mark.parametrize("state", set(LineState) - {LineState.DRAINING})
def test_nothing_is_due_for_a_line_that_does_not_drain(state: LineState) -> None:
    assert due(replace(BUSY, state=state), POLICY, NOON + 9 * HOUR) is Due.NOTHING


def test_nothing_is_due_for_a_drained_line() -> None:
    done = replace(BUSY, drain=Drain(Verdict.DRAINED, NOON))
    assert due(done, POLICY, NOON + 9 * HOUR) is Due.NOTHING


def test_termination_is_due_although_the_verdict_is_unknown() -> None:
    """An unknown line may have work."""
    unknown = replace(BUSY, drain=Drain(Verdict.UNKNOWN, NOON))
    assert due(unknown, POLICY, NOON + 9 * HOUR) is Due.TERMINATION
    assert due(replace(BUSY, drain=None), POLICY, NOON + 9 * HOUR) is Due.TERMINATION
