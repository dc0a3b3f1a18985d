"""Which release a line is revived or patched with."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from semver import Version

from router.domain import rollout
from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, Release
from router.domain.version import LineId

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
V = Version.parse
ACTIVE = Line(LineId(1, 0), LineState.ACTIVE, NOON, "app", "plan", "Hub", release=V("1.0.1"))


def releases(*versions: str, on_request: bool = False) -> list[Release]:
    return [Release(V(each), "ab", 1, NOON, on_request=on_request) for each in versions]


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
def test_revived_line_gets_its_last_release_or_a_newer_one(
    line: Line, known: list[Release], release: str | None
) -> None:
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
def test_pending_patch_is_the_newest_automatic_release(
    line: Line, known: list[Release], release: str | None
) -> None:
    found = rollout.pending_patch(line, known)
    assert found == (V(release) if release else None)


@pytest.mark.parametrize("state", [LineState.DRAINING, LineState.RETIRING])
def test_line_with_an_app_is_not_revived(state: LineState) -> None:
    with pytest.raises(Refusal, match="only a retired line is revived"):
        rollout.release_to_revive(replace(ACTIVE, state=state), releases("1.0.1"))


def test_line_without_a_release_is_not_revived() -> None:
    with pytest.raises(Refusal, match="no release"):
        rollout.release_to_revive(RETIRED, releases("1.1.0"))


def test_pre_release_is_newest_only_without_a_final_release() -> None:
    versions = [V("1.0.0-a"), V("1.0.0-b"), V("1.1.0")]
    assert rollout.newest(LineId(1, 0), versions) == V("1.0.0-b")
    assert rollout.newest(LineId(1, 0), [*versions, V("0.0.1"), V("1.0.0")]) == V("1.0.0")
    assert rollout.newest(LineId(3, 0), versions) is None
