"""The changes of a line are complete and keep to the table of transitions."""

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
PROVISIONING = Line(
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
    PROVISIONING,
    state=LineState.ACTIVE,
    since=LATER,
    release=V("1.0.0"),
    deploying=None,
    operation=None,
    host_name="app.local",
)
REPORT = TeardownReport(NOON, ("app",), ("rows",), LATER)
DRAINED = Drain(Verdict.DRAINED, NOON, quiet_since=NOON)
DRAINING = replace(ACTIVE, state=LineState.DRAINING, since=NOON, drain=DRAINED, last_start_at=NOON)


@pytest.mark.parametrize("now", LineState)
@pytest.mark.parametrize("then", LineState)
def test_state_changes_only_along_the_table(now: LineState, then: LineState) -> None:
    line = replace(PROVISIONING, state=now)
    if (now, then) in TRANSITIONS:
        assert line_transitions.with_state(line, then, LATER) == replace(
            line, state=then, since=LATER
        )
    else:
        with pytest.raises(line_transitions.InvalidTransition, match=f"from {now} to {then}"):
            line_transitions.with_state(line, then, LATER)


def test_healthy_line_opens_with_the_deployed_release() -> None:
    assert (
        line_transitions.opened(replace(PROVISIONING, error="earlier"), "app.local", LATER)
        == ACTIVE
    )


def test_deployed_patch_becomes_the_release() -> None:
    patching = replace(DRAINING, deploying=V("1.0.1"), operation="patch-1-0-2")
    assert line_transitions.deployed(patching) == replace(DRAINING, release=V("1.0.1"))
    assert line_transitions.deployed(DRAINING) == DRAINING


def test_line_that_was_not_provisioned_is_failed() -> None:
    assert line_transitions.failed(PROVISIONING, "no host.json", LATER) == replace(
        PROVISIONING,
        state=LineState.FAILED,
        since=LATER,
        deploying=None,
        failed_releases=(V("1.0.0"),),
        operation=None,
        error="no host.json",
    )


def test_failed_patch_leaves_the_line_serving() -> None:
    patching = replace(ACTIVE, deploying=V("1.0.1"), operation="patch-1-0-2")
    after = replace(ACTIVE, failed_releases=(V("1.0.1"),), error="bad")
    assert line_transitions.failed(patching, "bad", LATER) == after


def test_latest_failed_release_is_last() -> None:
    known = (V("1.0.1"), V("1.0.2"))
    patching = replace(ACTIVE, deploying=V("1.0.1"), operation="patch-1-0-2", failed_releases=known)
    assert line_transitions.failed(patching, "bad", LATER).failed_releases == (
        V("1.0.2"),
        V("1.0.1"),
    )


def test_failed_retirement_keeps_the_state() -> None:
    retiring = replace(
        DRAINING, state=LineState.RETIRING, operation="retire-1-0-3", failed_releases=(V("1.0.9"),)
    )
    assert line_transitions.failed(retiring, "bad", LATER) == replace(
        retiring, operation=None, error="bad"
    )


def test_draining_drops_earlier_readings() -> None:
    seen = replace(ACTIVE, drain=DRAINED, last_start_at=NOON)
    assert line_transitions.draining(seen, LATER) == replace(
        ACTIVE, state=LineState.DRAINING, since=LATER
    )


def test_judged_line_has_the_latest_verdict() -> None:
    busy = Drain(Verdict.BUSY, LATER)
    assert line_transitions.judged(DRAINING, busy) == replace(DRAINING, drain=busy)


def test_retirement_fences_and_keeps_its_report() -> None:
    held = replace(DRAINING, operation="retire-1-0-3")
    fenced = line_transitions.fenced(held, LATER)
    assert fenced == replace(held, state=LineState.RETIRING, since=LATER)
    torn_down = line_transitions.torn_down(fenced, REPORT)
    assert line_transitions.retired(torn_down, LATER) == replace(
        ACTIVE,
        state=LineState.RETIRED,
        since=LATER,
        host_name=None,
        retirement="retire-1-0-3",
        teardown_report=REPORT,
    )


def test_purge_is_recorded_in_the_teardown_report() -> None:
    gone = replace(ACTIVE, state=LineState.RETIRED, host_name=None, teardown_report=REPORT)
    report = replace(REPORT, remains=(), purged_at=LATER)
    assert line_transitions.purged(replace(gone, operation="cleanup-1-0-4"), LATER) == replace(
        gone, teardown_report=report
    )


def test_opening_drops_the_teardown_report() -> None:
    line = replace(PROVISIONING, teardown_report=REPORT, waiting_for_capacity="no quota")
    assert line_transitions.opened(line, "app.local", LATER) == ACTIVE


def test_undraining_drops_everything_about_the_drain() -> None:
    draining = replace(DRAINING, closed=True, warned_at=NOON, terminated_at=NOON)
    assert line_transitions.undrained(draining, LATER) == replace(ACTIVE, since=LATER)


def test_line_may_drain_closed_to_new_starts() -> None:
    assert line_transitions.draining(ACTIVE, LATER, closed=True) == replace(
        ACTIVE, state=LineState.DRAINING, since=LATER, closed=True
    )


def test_active_lines_below_the_highest_are_superseded() -> None:
    lines = [replace(ACTIVE, id=LineId(1, minor)) for minor in range(3)]
    lines[1] = replace(lines[1], state=LineState.DRAINING)
    opened = replace(ACTIVE, id=LineId(2, 0))
    assert line_transitions.superseded(lines, opened) == (lines[0], lines[2])


def test_revived_old_line_is_superseded_itself() -> None:
    newer = replace(ACTIVE, id=LineId(1, 1))
    assert line_transitions.superseded(
        [replace(ACTIVE, state=LineState.RETIRED), newer], ACTIVE
    ) == (ACTIVE,)


def test_only_line_is_not_superseded() -> None:
    assert line_transitions.superseded([], ACTIVE) == ()


def test_long_text_is_clipped() -> None:
    assert line_transitions.clipped("short") == "short"
    cut = line_transitions.clipped("x" * 5_000)
    assert (len(cut), cut[-2:]) == (2_000, "x…")
