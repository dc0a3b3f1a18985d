"""The changes of a line: each one whole, and only along the table of states."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from semver import Version

from router.domain import line_transitions
from router.domain.line_states import TRANSITIONS, LineState
from router.domain.model import Drain, Line, TeardownReport, Verdict
from router.domain.version import LineId

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
V = Version.parse
COMING = Line(
    LineId(1, 0),
    LineState.PROVISIONING,
    NOON,
    "app",
    "plan",
    "Hub",
    deploying=V("1.0.0"),
    operation="provision-1-0-1",
    operations=1,
    etag="e",
)
ACTIVE = replace(
    COMING,
    state=LineState.ACTIVE,
    since=LATER,
    release=V("1.0.0"),
    deploying=None,
    operation=None,
    host_name="app.local",
)
PROOF = TeardownReport(NOON, ("app",), ("rows",), LATER)
DRAINED = Drain(Verdict.DRAINED, NOON, quiet_since=NOON)
DRAINING = replace(ACTIVE, state=LineState.DRAINING, since=NOON, drain=DRAINED, last_start_at=NOON)


@pytest.mark.parametrize("now", LineState)
@pytest.mark.parametrize("then", LineState)
def test_a_line_moves_along_the_table_and_nowhere_else(now, then):
    line = replace(COMING, state=now)
    if (now, then) in TRANSITIONS:
        assert line_transitions.moved(line, then, LATER) == replace(line, state=then, since=LATER)
    else:
        with pytest.raises(line_transitions.ImpossibleChange, match=f"from {now} to {then}"):
            line_transitions.moved(line, then, LATER)


def test_a_healthy_line_opens_with_what_was_deployed():
    assert line_transitions.opened(replace(COMING, error="earlier"), "app.local", LATER) == ACTIVE


def test_a_patch_in_place_changes_the_release_and_lets_go():
    patching = replace(DRAINING, deploying=V("1.0.1"), operation="patch-1-0-2")
    assert line_transitions.recorded(patching) == replace(DRAINING, release=V("1.0.1"))
    assert line_transitions.recorded(DRAINING) == DRAINING


def test_a_line_that_did_not_come_up_is_failed_with_the_reason():
    assert line_transitions.failed(COMING, "no host.json", LATER) == replace(
        COMING,
        state=LineState.FAILED,
        since=LATER,
        deploying=None,
        failed_releases=(V("1.0.0"),),
        operation=None,
        error="no host.json",
    )


def test_a_failed_patch_leaves_the_line_serving_what_it_had():
    patching = replace(ACTIVE, deploying=V("1.0.1"), operation="patch-1-0-2")
    after = replace(ACTIVE, failed_releases=(V("1.0.1"),), error="bad")
    assert line_transitions.failed(patching, "bad", LATER) == after


def test_every_release_that_failed_is_remembered_the_latest_failure_last():
    known = (V("1.0.1"), V("1.0.2"))
    patching = replace(ACTIVE, deploying=V("1.0.1"), operation="patch-1-0-2", failed_releases=known)
    assert line_transitions.failed(patching, "bad", LATER).failed_releases == (
        V("1.0.2"),
        V("1.0.1"),
    )


def test_a_failed_retirement_forgets_nothing_but_its_hold():
    retiring = replace(
        DRAINING, state=LineState.RETIRING, operation="retire-1-0-3", failed_releases=(V("1.0.9"),)
    )
    assert line_transitions.failed(retiring, "bad", LATER) == replace(
        retiring, operation=None, error="bad"
    )


def test_what_was_read_of_a_line_before_it_drained_is_forgotten():
    seen = replace(ACTIVE, drain=DRAINED, last_start_at=NOON)
    assert line_transitions.drained_from(seen, LATER) == replace(
        ACTIVE, state=LineState.DRAINING, since=LATER
    )


def test_the_latest_judgement_is_noted():
    busy = Drain(Verdict.BUSY, LATER)
    assert line_transitions.judged(DRAINING, busy) == replace(DRAINING, drain=busy)


def test_retirement_goes_through_the_fence_to_the_end():
    held = replace(DRAINING, operation="retire-1-0-3")
    fenced = line_transitions.fenced(held, LATER)
    assert fenced == replace(held, state=LineState.RETIRING, since=LATER)
    proven = line_transitions.torn_down(fenced, PROOF)
    assert line_transitions.retired(proven, LATER) == replace(
        ACTIVE,
        state=LineState.RETIRED,
        since=LATER,
        host_name=None,
        retirement="retire-1-0-3",
        teardown_report=PROOF,
    )


def test_what_a_retirement_left_is_swept_once_and_the_proof_says_when():
    gone = replace(ACTIVE, state=LineState.RETIRED, host_name=None, teardown_report=PROOF)
    swept = replace(PROOF, remains=(), purged_at=LATER)
    assert line_transitions.purged(replace(gone, operation="cleanup-1-0-4"), LATER) == replace(
        gone, teardown_report=swept
    )


def test_a_line_that_is_back_has_no_proof_of_its_absence_any_more():
    assert (
        line_transitions.opened(
            replace(COMING, teardown_report=PROOF, waiting_for_capacity="no room"),
            "app.local",
            LATER,
        )
        == ACTIVE
    )


def test_undraining_forgets_the_drain_and_everything_that_came_of_it():
    draining = replace(DRAINING, closed=True, warned_at=NOON, terminated_at=NOON)
    assert line_transitions.undrained(draining, LATER) == replace(ACTIVE, since=LATER)


def test_a_line_may_drain_without_taking_new_starts():
    assert line_transitions.drained_from(ACTIVE, LATER, closed=True) == replace(
        ACTIVE, state=LineState.DRAINING, since=LATER, closed=True
    )


def test_every_active_line_below_the_highest_is_superseded():
    lines = [replace(ACTIVE, id=LineId(1, minor)) for minor in range(3)]
    lines[1] = replace(lines[1], state=LineState.DRAINING)
    opened = replace(ACTIVE, id=LineId(2, 0))
    assert line_transitions.superseded(lines, opened) == (lines[0], lines[2])


def test_an_old_line_that_comes_back_is_superseded_itself():
    newer = replace(ACTIVE, id=LineId(1, 1))
    assert line_transitions.superseded(
        [replace(ACTIVE, state=LineState.RETIRED), newer], ACTIVE
    ) == (ACTIVE,)


def test_the_only_line_is_superseded_by_none():
    assert line_transitions.superseded([], ACTIVE) == ()


def test_texts_of_others_are_cut_to_what_a_row_holds():
    assert line_transitions.clipped("short") == "short"
    cut = line_transitions.clipped("x" * 5_000)
    assert (len(cut), cut[-2:]) == (2_000, "x…")
