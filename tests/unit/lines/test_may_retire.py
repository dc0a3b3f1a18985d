"""What a line's row must say before its app and hub may go, and from when on a look counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from router.domain.line_states import LineState
from router.domain.model import Drain, Line, Verdict
from router.domain.version import LineId
from router.lines.drain_rules import counts_from, may_retire

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
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
