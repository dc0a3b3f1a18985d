"""Drain and undrain: repeating them is no error, and only serving lines allow them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from semver import Version

from router.domain import line_transitions
from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Drain, Line, Verdict
from router.domain.version import LineId
from router.lines import action_rules

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
ONE = LineId(1, 0)
ACTIVE = Line(ONE, LineState.ACTIVE, NOON, "app", "plan", "Hub", release=Version.parse("1.0.1"))
DRAINING = replace(ACTIVE, state=LineState.DRAINING, drain=Drain(Verdict.BUSY, NOON))


@pytest.mark.parametrize("closed", [None, False, True])
def test_active_line_drains_open_unless_asked_to_close(closed: bool | None) -> None:
    expected = line_transitions.draining(ACTIVE, LATER, closed=closed is True)
    assert action_rules.drained(ACTIVE, LATER, closed=closed) == expected


def test_draining_again_keeps_the_verdict() -> None:
    assert action_rules.drained(DRAINING, LATER, closed=None) == DRAINING
    closed = action_rules.drained(DRAINING, LATER, closed=True)
    assert closed == replace(DRAINING, closed=True)
    assert action_rules.drained(closed, LATER, closed=None) == closed
    assert action_rules.drained(closed, LATER, closed=False) == DRAINING


def test_undraining_again_changes_nothing() -> None:
    undrained = action_rules.undrained(DRAINING, LATER)
    assert undrained == line_transitions.undrained(DRAINING, LATER)
    assert action_rules.undrained(undrained, LATER) == undrained


@pytest.mark.parametrize("state", [state for state in LineState if not state.serves])
def test_other_line_is_neither_drained_nor_undrained(state: LineState) -> None:
    line = replace(ACTIVE, state=state)
    for attempt in (partial(action_rules.drained, closed=None), action_rules.undrained):
        with pytest.raises(Refusal) as refused:
            attempt(line, LATER)
        assert (refused.value.status, refused.value.code) == (409, "wrong-state")
