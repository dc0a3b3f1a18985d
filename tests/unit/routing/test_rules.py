"""Where a start goes, for every state of its line and every way of asking."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from router.domain.errors import Refusal, Unavailable
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind, Release
from router.domain.version import LineId, parse_requested_version
from router.routing.rules import Forward, Park, Snapshot, admit, known_versions, resolve

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ONE_0, ONE_1 = LineId(1, 0), LineId(1, 1)
V = Version.parse


def line(state: LineState, release: str | None = None, **more: Any) -> Line:
    known = V(release) if release else None
    return Line(ONE_0, state, NOON, "app", "plan", "Hub1x0", release=known, **more)


def snapshot(lines: list[Line], *releases: str) -> Snapshot:
    known = [Release(V(each), "ab", 1, NOON) for each in releases]
    return Snapshot({each.id: each for each in lines}, {each.version: each for each in known}, NOON)


ACTIVE = line(LineState.ACTIVE, "1.0.1")


@pytest.mark.parametrize("ask", ["1.0", "1.0.0", "1.0.1", "1.0.1-rc.1"])
def test_the_patch_is_ignored_a_newer_one_serves(ask: str) -> None:
    seen = snapshot([ACTIVE], "1.0.0", "1.0.1", "1.0.1-rc.1", "1.0.2")
    assert resolve(parse_requested_version(ask), seen) == Forward(ACTIVE, V("1.0.1"))


def test_a_draining_line_serves_those_who_name_it() -> None:
    draining = replace(ACTIVE, state=LineState.DRAINING)
    assert resolve(parse_requested_version("1.0"), snapshot([draining], "1.0.1")) == Forward(
        draining, V("1.0.1")
    )


def test_a_newer_registered_patch_is_put_in_place_first() -> None:
    seen = snapshot([ACTIVE], "1.0.1", "1.0.2")
    assert resolve(parse_requested_version("1.0.2"), seen) == Park(
        ONE_0, V("1.0.2"), "patching", patch=True
    )


@pytest.mark.parametrize("state", [LineState.ACTIVE, LineState.DRAINING])
def test_a_line_whose_app_is_made_again_is_waited_for(state: LineState) -> None:
    seen = snapshot(
        [line(state, "1.0.1", operation="repair-1-0-3", operation_kind=OperationKind.REPAIR)],
        "1.0.1",
    )
    assert resolve(parse_requested_version("1.0"), seen) == Park(ONE_0, V("1.0.1"), "repairing")


def test_failed_patch_is_not_retried_by_starts() -> None:
    needs_repair = replace(
        ACTIVE, failed_releases=(V("1.0.2"),), error="No module named stock. Fix it."
    )
    seen = snapshot([needs_repair], "1.0.1", "1.0.2", "1.0.3")
    with pytest.raises(Unavailable) as failed:
        resolve(parse_requested_version("1.0.2"), seen)
    assert failed.value.as_problem() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "Release 1.0.2 did not come up on line 1.0: No module named stock. Fix it.",
        "code": "line-failed",
        "retryAfterSeconds": 30,
        "line": "1.0",
    }
    assert resolve(parse_requested_version("1.0.1"), seen) == Forward(needs_repair, V("1.0.1"))
    assert resolve(parse_requested_version("1.0.3"), seen) == Park(
        ONE_0, V("1.0.3"), "patching", patch=True
    )


def test_failed_release_without_error_asks_for_a_new_patch() -> None:
    needs_repair = replace(ACTIVE, failed_releases=(V("1.0.2"),))
    with pytest.raises(
        Unavailable, match=r"on line 1\.0\. Fix it and register a new patch version\.$"
    ):
        resolve(parse_requested_version("1.0.2"), snapshot([needs_repair], "1.0.1", "1.0.2"))


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (LineState.REGISTERED, "provisioning"),
        (LineState.RETIRED, "provisioning"),
        (LineState.RETIRING, "retiring"),
    ],
)
def test_idle_line_comes_up_with_its_newest_release(state: LineState, why: str) -> None:
    seen = snapshot([line(state, "1.0.0")], "1.0.0", "1.0.2", "1.0.3-rc.1", "1.1.0")
    assert resolve(parse_requested_version("1.0"), seen) == Park(ONE_0, V("1.0.2"), why)
    assert resolve(parse_requested_version("1.0.0"), seen) == Park(ONE_0, V("1.0.2"), why)
    assert resolve(parse_requested_version("1.0.3-rc.1"), seen) == Park(ONE_0, V("1.0.3-rc.1"), why)


def test_start_waits_for_release_being_provisioned() -> None:
    coming = line(LineState.PROVISIONING, deploying=V("1.0.0"))
    seen = snapshot([coming], "1.0.0", "1.0.1")
    assert resolve(parse_requested_version("1.0"), seen) == Park(ONE_0, V("1.0.0"), "provisioning")
    assert resolve(parse_requested_version("1.0.1"), seen) == Park(
        ONE_0, V("1.0.1"), "provisioning"
    )


def test_retired_line_returns_with_the_release_it_ran() -> None:
    gone = line(LineState.RETIRED, "1.0.0", failed_releases=(V("1.0.1"),))
    seen = snapshot([gone], "1.0.0", "1.0.1")
    assert resolve(parse_requested_version("1.0"), seen) == Park(ONE_0, V("1.0.0"), "provisioning")


def test_retired_line_does_not_return_with_a_failed_release() -> None:
    gone = line(LineState.RETIRED, "1.0.0", failed_releases=(V("1.0.1"),), error="bad")
    seen = snapshot([gone], "1.0.0", "1.0.1")
    with pytest.raises(Unavailable, match=r"Release 1\.0\.1 did not come up"):
        resolve(parse_requested_version("1.0.1"), seen)
    assert resolve(parse_requested_version("1.0.0"), seen) == Park(
        ONE_0, V("1.0.0"), "provisioning"
    )


def test_none_of_several_that_failed_is_tried_again() -> None:
    failed_releases = (V("1.0.3"), V("1.0.2"))
    known = ("1.0.1", "1.0.2", "1.0.3")
    up = line(LineState.ACTIVE, "1.0.1", failed_releases=failed_releases, error="bad")
    gone = line(LineState.RETIRED, "1.0.1", failed_releases=failed_releases)
    for ask in ("1.0.2", "1.0.3"):
        with pytest.raises(Unavailable, match=f"Release {ask} did not come up"):
            resolve(parse_requested_version(ask), snapshot([up], *known))
    assert resolve(parse_requested_version("1.0"), snapshot([gone], *known)) == Park(
        ONE_0, V("1.0.1"), "provisioning"
    )


@pytest.mark.parametrize("ask", ["1.0", "1.0.0"])
@pytest.mark.parametrize("ran", [None, "1.0.1"])
def test_failed_line_returns_only_with_an_untried_release(ask: str, ran: str | None) -> None:
    """Its only release failed, or the one it ran did and the others are older."""
    failed = V(ran or "1.0.0")
    gone = line(LineState.RETIRED, ran, failed_releases=(failed,), error="bad")
    known = ("1.0.0", ran) if ran else ("1.0.0",)
    with pytest.raises(Unavailable, match=f"Release {failed} did not come up"):
        resolve(parse_requested_version(ask), snapshot([gone], *known))
    seen = snapshot([gone], *known, "1.0.2")
    assert resolve(parse_requested_version(ask), seen) == Park(ONE_0, V("1.0.2"), "provisioning")


def test_a_line_does_not_come_back_with_less_than_what_ran_on_it() -> None:
    """Even if that release was deployed on request only."""
    releases = {V(each): Release(V(each), "ab", 1, NOON) for each in ("1.0.0", "1.0.1")}
    releases[V("1.0.1")] = replace(releases[V("1.0.1")], on_request=True)
    gone = line(LineState.RETIRED, "1.0.1")
    seen = Snapshot({ONE_0: gone}, releases, NOON)
    assert resolve(parse_requested_version("1.0.0"), seen) == Park(
        ONE_0, V("1.0.1"), "provisioning"
    )


@pytest.mark.parametrize("ask", ["1.0", "1.0.0", "1.0.1"])
def test_failed_line_refuses_until_newer_release_is_registered(ask: str) -> None:
    failed = line(LineState.FAILED, failed_releases=(V("1.0.1"),), error="bad")
    with pytest.raises(Unavailable, match="did not come up on line 1"):
        resolve(parse_requested_version(ask), snapshot([failed], "1.0.0", "1.0.1"))
    seen = snapshot([failed], "1.0.0", "1.0.1", "1.0.2")
    assert resolve(parse_requested_version(ask), seen) == Park(ONE_0, V("1.0.2"), "provisioning")


def test_a_failed_line_of_a_single_release_refuses() -> None:
    failed = line(LineState.FAILED, failed_releases=(V("1.0.0"),), error="bad")
    with pytest.raises(Unavailable):
        resolve(parse_requested_version("1.0"), snapshot([failed], "1.0.0"))


@pytest.mark.parametrize("ask", ["1.0.9", "1.2.0", "1.2"])
def test_unknown_version_lists_known_ones_nearest_first(ask: str) -> None:
    with pytest.raises(Refusal) as unknown:
        resolve(
            parse_requested_version(ask), snapshot([ACTIVE], "0.9.0", "1.0.0", "1.0.1", "2.0.0")
        )
    assert (unknown.value.status, unknown.value.code) == (404, "unknown-version")
    assert unknown.value.fields["knownVersions"] == ["1.0.1", "1.0.0", "2.0.0", "0.9.0"]


def test_a_line_without_a_release_yet_is_unknown() -> None:
    with pytest.raises(Refusal, match=r"Line 1\.0 is not registered"):
        resolve(parse_requested_version("1.0"), snapshot([line(LineState.REGISTERED)]))


def test_without_a_version_the_highest_active_line_serves() -> None:
    low = replace(ACTIVE, id=LineId(0, 9))
    high = replace(ACTIVE, id=ONE_1, state=LineState.DRAINING)
    assert resolve(None, snapshot([ACTIVE, low, high], "1.0.1")) == Forward(ACTIVE, V("1.0.1"))


def test_without_a_version_and_an_active_line_nothing_is_guessed() -> None:
    with pytest.raises(Refusal) as refused:
        resolve(None, snapshot([line(LineState.REGISTERED)], "1.0.0"))
    problem = refused.value.as_problem()
    assert (problem["status"], problem["code"]) == (409, "no-default-version")
    assert problem["knownVersions"] == ["1.0.0"]


def test_serving_line_without_a_release_is_a_bug() -> None:
    with pytest.raises(ValueError, match="serves without a release"):
        resolve(parse_requested_version("1.0"), snapshot([line(LineState.ACTIVE)]))


def test_known_versions_are_few_enough_to_read() -> None:
    many = [Version(1, minor, 0) for minor in range(50)]
    assert known_versions(many) == [f"1.{minor}.0" for minor in range(49, 29, -1)]


versions = st.builds(Version, st.just(1), st.integers(0, 1), st.integers(0, 3))


@given(
    st.lists(versions, min_size=1, unique=True),
    st.sampled_from(LineState),
    st.integers(0, 3),
    versions,
)
def test_start_never_goes_to_an_older_release_than_requested(
    releases: list[Version], state: LineState, patch: int, wanted: Version
) -> None:
    in_place = Version(1, 0, patch)
    known = line(state, str(in_place))
    try:
        decision = resolve(
            parse_requested_version(str(wanted)), snapshot([known], *map(str, releases))
        )
    except (Refusal, Unavailable):
        assert wanted not in releases or state is LineState.FAILED or wanted.minor
        return
    assert decision.release >= wanted
    assert (decision.release.major, decision.release.minor) == (wanted.major, wanted.minor)


def test_closed_draining_line_takes_no_new_start() -> None:
    shut = replace(ACTIVE, state=LineState.DRAINING, closed=True)
    seen = snapshot([shut], "1.0.1", "1.1.0")
    with pytest.raises(Refusal) as refused:
        admit(shut, seen, 0, 60)
    assert (refused.value.status, refused.value.code) == (409, "line-closed")
    assert refused.value.fields["knownVersions"] == ["1.1.0"]
    assert resolve(parse_requested_version("1.0"), seen) == Forward(
        shut, V("1.0.1")
    )  # what is parked arrives


@pytest.mark.parametrize("state", set(LineState) - {LineState.DRAINING})
def test_closing_ends_with_draining(state: LineState) -> None:
    admit(line(state, "1.0.1", closed=True), snapshot([], "1.0.1"), 0, 60)


def test_a_start_for_which_there_is_no_place_is_not_taken() -> None:
    new = replace(line(LineState.REGISTERED), id=ONE_1)
    seen = snapshot([ACTIVE, new], "1.0.1", "1.1.0")
    with pytest.raises(Unavailable) as refused:
        admit(new, seen, 1, 60)
    assert (refused.value.status, refused.value.code) == (429, "limit-reached")
    admit(ACTIVE, seen, 1, 60)
    admit(new, seen, 2, 60)
