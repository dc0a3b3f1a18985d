"""Decides which line and release serve a start, given one snapshot of the catalog.

The hot path, an active line, costs two dictionary lookups.
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
from router.domain.stored_text import require_known
from router.domain.version import LineId, RequestedVersion

_FAILED_RETRY_AFTER = 30  # seconds; only a new release makes a failed line serve
_SHOWN_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All lines and releases at `taken_at`."""

    lines: Mapping[LineId, Line]
    releases: Mapping[Version, Release]
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Forward:
    """Send the start to the line's app, where `release` is deployed."""

    line: Line
    release: Version


@dataclass(frozen=True, slots=True)
class Park:
    """Park the start until the line serves `release` or a newer one.

    `waiting_for` is shown to the caller. If `patch` is true, a patch has to deploy the release;
    otherwise the line has to be provisioned.
    """

    line: LineId
    release: Version
    waiting_for: str
    patch: bool = False


def resolve(requested: RequestedVersion | None, snapshot: Snapshot) -> Forward | Park:
    """Decide where a start goes. Without a requested version it goes to the default line.

    Raises Refusal 404 unknown-version, 409 no-default-version or Unavailable 503 line-failed or
    newer-router.
    """
    if requested is None:
        requested = RequestedVersion(default_line(snapshot))
    line = snapshot.lines.get(requested.line)
    is_registered = requested.version is None or requested.version in snapshot.releases
    if line is None or not is_registered:
        raise _unknown(requested, snapshot)
    if line.state.serves:
        return _on_serving_line(line, requested)
    require_known(f"Line {line.id}", line.state)
    return _once_provisioned(line, requested, snapshot)


def admit(line: Line, snapshot: Snapshot, limit: int, retry_after: float) -> None:
    """Check that the line takes new starts. A start accepted earlier needs no such check.

    Raises Refusal 409 line-closed or Unavailable 429 limit-reached.
    """
    if line.closed and line.state is LineState.DRAINING:
        detail = f"Line {line.id} is draining and closed to new starts. Use another version."
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
    """Return the highest active line, or raise Refusal 409 no-default-version."""
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
    """Return versions to suggest: of the line `near`, of its major version, then all others.

    Each group has its newest first.
    """

    def distance(version: Version) -> tuple[bool, bool]:
        line = LineId.of(version)
        return line != near, near is not None and line.major != near.major

    nearest = sorted(sorted(releases, reverse=True), key=distance)
    return [str(version) for version in nearest[:_SHOWN_VERSIONS]]


def _on_serving_line(line: Line, requested: RequestedVersion) -> Forward | Park:
    """Forward to whatever patch is deployed, unless the requested one is newer."""
    deployed = line.release
    if deployed is None:
        raise ValueError(f"line {line.id} serves without a release")
    if line.operation_kind is OperationKind.REPAIR:
        return Park(line.id, deployed, "repairing")
    if requested.version is None or requested.version <= deployed:
        return Forward(line, deployed)
    if requested.version in line.failed_releases:
        raise _failed(line, requested.version)
    return Park(line.id, requested.version, "patching", patch=True)


def _once_provisioned(line: Line, requested: RequestedVersion, snapshot: Snapshot) -> Park:
    """Park until the line has come up with the newest release that has not failed, or with the
    requested one, but with none older than the one it ran before."""
    untried = {
        version: release
        for version, release in snapshot.releases.items()
        if version not in line.failed_releases
    }
    automatic = newest(line.id, (each for each in untried if not untried[each].on_request))
    asked = requested.version if requested.version not in line.failed_releases else None
    previous = line.release if line.release in untried else None
    candidates = [line.deploying or automatic, previous, asked]
    highest = max((each for each in candidates if each is not None), default=None)
    target = highest or newest(line.id, untried)
    if line.state is LineState.FAILED and not (target and _may_succeed(target, line)):
        raise _failed(line, max(line.failed_releases[-1:], default=None))
    if line.failed_releases and (
        target is None or (line.release is not None and target < line.release)
    ):
        raise _failed(line, line.failed_releases[-1])
    if target is None:
        raise _unknown(requested, snapshot)
    if requested.version is not None and target < requested.version:  # it failed to come up before
        raise _failed(line, requested.version)
    return Park(line.id, target, _WAITS_FOR[line.state])


def _may_succeed(version: Version, line: Line) -> bool:
    """Return whether a release is newer than the one that the line failed with last."""
    failed_releases = line.failed_releases
    return version not in failed_releases and all(version > last for last in failed_releases[-1:])


def _unknown(requested: RequestedVersion, snapshot: Snapshot) -> Refusal:
    name = f"Version {requested.version}" if requested.version else f"Line {requested.line}"
    detail = f"{name} is not registered. Use a known version, or register its release first."
    known = known_versions(snapshot.releases, requested.line)
    return Refusal(404, "unknown-version", detail, knownVersions=known)


def _failed(line: Line, release: Version | None) -> Unavailable:
    reason = f": {line.error}" if line.error else ". Fix it and register a new patch version."
    detail = f"Release {release} did not come up on line {line.id}{reason}"
    return Unavailable("line-failed", detail, retry_after=_FAILED_RETRY_AFTER, line=str(line.id))
