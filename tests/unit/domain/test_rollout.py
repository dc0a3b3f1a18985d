"""Orders of operators: each may be given twice, and none does what the states do not allow."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from semver import Version

from router.domain import line_transitions, rollout
from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Drain, Line, Release, Verdict
from router.domain.version import LineId
from router.lines import action_rules

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
V = Version.parse
ACTIVE = Line(LineId(1, 0), LineState.ACTIVE, NOON, "app", "plan", "Hub", release=V("1.0.1"))
DRAINING = replace(ACTIVE, state=LineState.DRAINING, drain=Drain(Verdict.BUSY, NOON))
OTHERS = set(LineState) - {LineState.ACTIVE, LineState.DRAINING}


def releases(*versions: str, on_request: bool = False) -> list[Release]:
    return [Release(V(each), "ab", 1, NOON, on_request=on_request) for each in versions]


@pytest.mark.parametrize("closed", [None, False, True])
def test_an_active_line_drains_open_unless_it_is_to_be_closed(closed):
    wanted = line_transitions.drained_from(ACTIVE, LATER, closed=closed is True)
    assert action_rules.drained(ACTIVE, LATER, closed=closed) == wanted


def test_a_draining_line_goes_on_draining_and_what_was_seen_of_it_counts():
    assert action_rules.drained(DRAINING, LATER, closed=None) == DRAINING
    shut = action_rules.drained(DRAINING, LATER, closed=True)
    assert shut == replace(DRAINING, closed=True)
    assert action_rules.drained(shut, LATER, closed=None) == shut
    assert action_rules.drained(shut, LATER, closed=False) == DRAINING


def test_a_line_is_put_back_in_service_as_often_as_wanted():
    back = action_rules.undrained(DRAINING, LATER)
    assert back == line_transitions.undrained(DRAINING, LATER)
    assert action_rules.undrained(back, LATER) == back


@pytest.mark.parametrize("state", OTHERS)
def test_what_does_not_serve_neither_drains_nor_comes_back_by_undraining(state):
    line = replace(ACTIVE, state=state)
    for attempt in (
        lambda: action_rules.drained(line, LATER, closed=None),
        lambda: action_rules.undrained(line, LATER),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert (refused.value.status, refused.value.code) == (409, "wrong-state")


RETIRED = replace(ACTIVE, state=LineState.RETIRED)


@pytest.mark.parametrize(
    ("line", "known", "release"),
    [
        (RETIRED, releases("1.0.0", "1.0.1"), "1.0.1"),
        (RETIRED, releases("1.0.1", "1.0.2", "1.1.0"), "1.0.2"),
        (RETIRED, releases("1.0.1") + releases("1.0.2", on_request=True), "1.0.1"),
        (replace(RETIRED, failed_releases=(V("1.0.2"),)), releases("1.0.1", "1.0.2"), "1.0.1"),
        (
            replace(RETIRED, state=LineState.FAILED, failed_releases=(V("1.0.2"),)),
            releases("1.0.1", "1.0.2"),
            "1.0.2",
        ),
        (
            replace(RETIRED, state=LineState.FAILED, failed_releases=(V("1.0.2"), V("1.0.1"))),
            releases("1.0.1", "1.0.2"),
            "1.0.1",
        ),
        (
            replace(ACTIVE, state=LineState.REGISTERED, release=None),
            releases("1.0.0", on_request=True),
            "1.0.0",
        ),
        (replace(RETIRED, release=V("1.0.2-rc")), releases("1.0.1", "1.0.2-rc"), "1.0.2-rc"),
        (replace(RETIRED, failed_releases=(V("1.0.1"),)), releases("1.0.0", "1.0.1"), "1.0.1"),
        (ACTIVE, releases("1.0.1"), None),
        (replace(ACTIVE, state=LineState.PROVISIONING), releases("1.0.1"), None),
    ],
)
def test_a_line_comes_back_with_what_it_had_or_what_is_meant_to_follow(line, known, release):
    found = rollout.release_to_revive(line, known)
    assert found == (V(release) if release else None)


@pytest.mark.parametrize(
    ("line", "known", "release"),
    [
        (ACTIVE, releases("1.0.0", "1.0.1", "1.1.0"), None),
        (ACTIVE, releases("1.0.1", "1.0.2", "1.0.3"), "1.0.3"),
        (ACTIVE, releases("1.0.1") + releases("1.0.2", on_request=True), None),
        (replace(ACTIVE, failed_releases=(V("1.0.3"),)), releases("1.0.2", "1.0.3"), "1.0.2"),
        (
            replace(ACTIVE, failed_releases=(V("1.0.3"), V("1.0.2"))),
            releases("1.0.2", "1.0.3"),
            None,
        ),
        (replace(ACTIVE, operation="patch-1-0-3"), releases("1.0.2"), None),
        (ACTIVE, releases("1.0.2-rc"), None),  # where a final release serves
        (replace(ACTIVE, release=V("1.0.2-a")), releases("1.0.1", "1.0.2-b"), "1.0.2-b"),
        (replace(ACTIVE, state=LineState.DRAINING), releases("1.0.2"), "1.0.2"),
        (RETIRED, releases("1.0.2"), None),
        (replace(ACTIVE, state=LineState.FAILED, release=None), releases("1.0.2"), None),
    ],
)
def test_a_line_goes_on_with_the_newest_that_is_meant_to_go_in_and_has_not_failed_to(
    line, known, release
):
    found = rollout.pending_patch(line, known)
    assert found == (V(release) if release else None)


@pytest.mark.parametrize("state", [LineState.DRAINING, LineState.RETIRING])
def test_a_line_that_is_not_gone_is_not_revived(state):
    with pytest.raises(Refusal, match="once it is retired"):
        rollout.release_to_revive(replace(ACTIVE, state=state), releases("1.0.1"))


def test_a_line_without_a_release_cannot_come_up():
    with pytest.raises(Refusal, match="no release"):
        rollout.release_to_revive(RETIRED, releases("1.1.0"))
