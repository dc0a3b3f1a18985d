"""Where a start goes: what was asked for, against one picture of all lines and releases.

Decides only. Knows nothing of apps, keys or how old a picture may be; the reader of the catalog
keeps that. The hot path, an active line, costs two look-ups in a dict.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from semver import Version

from router.domain.capacity import require_capacity
from router.domain.errors import Refusal, Unavailable
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind, Release
from router.domain.rollout import newest
from router.domain.version import LineId, RequestedVersion

_FAILED_RETRY_AFTER = 30  # seconds; what mends a failed line is a deployment
_SHOWN_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All lines and releases as they were at `taken_at`."""

    lines: Mapping[LineId, Line]
    releases: Mapping[Version, Release]
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Forward:
    """Send it to the line's app, where `release` serves."""

    line: Line
    release: Version


@dataclass(frozen=True, slots=True)
class Park:
    """Keep it until the line serves `release` or a newer one.

    `waiting_for`: one word for the caller. `patch`: a patch must deploy the release; otherwise the
    line must be provisioned.
    """

    line: LineId
    release: Version
    waiting_for: str
    patch: bool = False


def resolve(ask: RequestedVersion | None, snapshot: Snapshot) -> Forward | Park:
    """Where a start belongs; `ask` None is the default line.

    Raises Refusal 404 unknown-version, 409 no-default-version; Unavailable 503 line-failed.
    """
    if ask is None:
        ask = RequestedVersion(default_line(snapshot))
    line = snapshot.lines.get(ask.line)
    if line is None or (ask.version is not None and ask.version not in snapshot.releases):
        raise _unknown(ask, snapshot)
    if line.state.serves:
        return _served(line, ask)
    return _awaited(line, ask, snapshot)


def admit(line: Line, snapshot: Snapshot, limit: int, retry_after: float) -> None:
    """Whether the line takes a start that is new: one that was taken before is not asked.

    Refusal 409 line-closed; Unavailable 429 limit-reached.
    """
    if line.closed and line.state is LineState.DRAINING:
        detail = f"Line {line.id} is draining and closed to new starts. Ask for another version."
        others = (each for each in snapshot.releases if LineId.of(each) != line.id)
        known = known_versions(others, line.id)
        raise Refusal(409, "line-closed", detail, line=str(line.id), knownVersions=known)
    require_capacity(line, snapshot.lines.values(), limit, retry_after)


_WAITS_FOR = {
    LineState.REGISTERED: "provisioning",
    LineState.PROVISIONING: "provisioning",
    LineState.RETIRING: "retiring",
    LineState.RETIRED: "provisioning",
    LineState.FAILED: "provisioning",
}


def default_line(snapshot: Snapshot) -> LineId:
    """The highest active line, or Refusal 409 no-default-version."""
    active = [line.id for line in snapshot.lines.values() if line.state is LineState.ACTIVE]
    if active:
        return max(active)
    detail = (
        "The request names no version and no line is active. Name one: X-App-Version or version=."
    )
    raise Refusal(
        409, "no-default-version", detail, knownVersions=known_versions(snapshot.releases)
    )


def known_versions(releases: Iterable[Version], near: LineId | None = None) -> list[str]:
    """For a problem's body: of the asked line, of its major, all others; each newest first."""

    def far(version: Version) -> tuple[bool, bool]:
        line = LineId.of(version)
        return line != near, near is not None and line.major != near.major

    nearest = sorted(sorted(releases, reverse=True), key=far)
    return [str(version) for version in nearest[:_SHOWN_VERSIONS]]


def _served(line: Line, ask: RequestedVersion) -> Forward | Park:
    """The patch picks nothing, except that a newer one is put in place first."""
    in_place = line.release
    if in_place is None:
        raise ValueError(f"line {line.id} serves without a release")
    if line.operation_kind is OperationKind.REPAIR:
        return Park(line.id, in_place, "repairing")
    if ask.version is None or ask.version <= in_place:
        return Forward(line, in_place)
    if ask.version in line.failed_releases:
        raise _failed(line, ask.version)
    return Park(line.id, ask.version, "patching", patch=True)


def _awaited(line: Line, ask: RequestedVersion, snapshot: Snapshot) -> Park:
    """The line comes up first: with the newest release that has not failed to, or the asked one;
    with none older than what ran on it before."""
    untried = {
        version: release
        for version, release in snapshot.releases.items()
        if version not in line.failed_releases
    }
    meant = newest(line.id, (each for each in untried if not untried[each].on_request))
    asked = ask.version if ask.version not in line.failed_releases else None
    ran = line.release if line.release in untried else None
    candidates = [line.deploying or meant, ran, asked]
    named = max((each for each in candidates if each is not None), default=None)
    wanted = named or newest(line.id, untried)
    if line.state is LineState.FAILED and not (wanted and _untried(wanted, line.failed_releases)):
        raise _failed(line, max(line.failed_releases[-1:], default=None))
    if line.failed_releases and (
        wanted is None or (line.release is not None and wanted < line.release)
    ):
        raise _failed(line, line.failed_releases[-1])
    if wanted is None:
        raise _unknown(ask, snapshot)
    if ask.version is not None and wanted < ask.version:  # which did not come up before
        raise _failed(line, ask.version)
    return Park(line.id, wanted, _WAITS_FOR[line.state])


def _untried(version: Version, failed_releases: tuple[Version, ...]) -> bool:
    """Whether it may come up where others did not: newer than the one that the line failed with."""
    return version not in failed_releases and all(version > last for last in failed_releases[-1:])


def _unknown(ask: RequestedVersion, snapshot: Snapshot) -> Refusal:
    asked = f"Version {ask.version}" if ask.version else f"Line {ask.line}"
    detail = f"{asked} is not registered. Ask for a known version, or register its release first."
    return Refusal(
        404, "unknown-version", detail, knownVersions=known_versions(snapshot.releases, ask.line)
    )


def _failed(line: Line, release: Version | None) -> Unavailable:
    why = f": {line.error}" if line.error else ". Mend its package and raise its patch."
    detail = f"Release {release} did not come up on line {line.id}{why}"
    return Unavailable("line-failed", detail, retry_after=_FAILED_RETRY_AFTER, line=str(line.id))
