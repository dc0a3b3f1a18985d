"""Which release a line should run, as far as the line's row and the known releases decide it."""

from collections.abc import Iterable
from enum import StrEnum

from semver import Version

from router.domain.errors import Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind, Release
from router.domain.version import LineId

_WITHOUT_APP = frozenset({LineState.REGISTERED, LineState.RETIRED, LineState.FAILED})


def newest(line: LineId, releases: Iterable[Version]) -> Version | None:
    """Return the newest release of a line, and a pre-release only if there is no final one."""
    of_line = [version for version in releases if LineId.of(version) == line]
    final = [version for version in of_line if version.prerelease is None]
    return max(final or of_line, default=None)


def release_to_revive(line: Line, releases: Iterable[Release]) -> Version | None:
    """Return the release to provision the line with, or None when it is up or being provisioned.

    That is the last one that ran, or a newer one that deploys automatically and has not failed.
    A failed line is retried with the release that failed last. Raises Refusal 409 wrong-state.
    """
    if line.state in (LineState.ACTIVE, LineState.PROVISIONING):
        return None
    if line.state in (LineState.DRAINING, LineState.RETIRING):
        raise _cannot_revive(line, "only a retired line is revived; undrain a draining one")
    known = {each.version: each for each in releases if each.line == line.id}
    failed = line.failed_releases[:-1] if line.state is LineState.FAILED else line.failed_releases
    automatic = newest(
        line.id, (each for each in known if not known[each].on_request and each not in failed)
    )
    ran = line.release if line.release in known else None
    candidates = [each for each in (automatic, ran) if each is not None]
    found = max(candidates, default=None) or newest(line.id, known)
    if found is None:
        raise _cannot_revive(line, "it has no release; register one")
    return found


def pending_patch(line: Line, releases: Iterable[Release]) -> Version | None:
    """Return the patch to deploy next on a serving line without an operation, if there is one.

    That is the newest release that deploys automatically and has not failed.
    """
    if not line.state.serves or line.operation or line.release is None:
        return None
    due = (
        each.version
        for each in releases
        if not each.on_request
        and each.version not in line.failed_releases
        and follows(line.release, each.version)
    )
    return newest(line.id, due)


def follows(deployed: Version, release: Version) -> bool:
    """Return whether a release replaces the deployed one automatically.

    It must be newer, and no pre-release where a final release serves.
    """
    return release > deployed and (release.prerelease is None or deployed.prerelease is not None)


def is_superseded(line: Line, version: Version) -> bool:
    """Return True for a release that the line never returns to."""
    return line.release is not None and version < line.release and version != line.deploying


def may_remove(line: Line | None, version: Version) -> bool:
    """Return True unless a release is, was or is being put in place.

    A patch that failed was put back, so it may be removed.
    """
    if line is None:
        return True
    return version != line.deploying and (line.release is None or version > line.release)


class Deploy(StrEnum):
    """When a release is deployed."""

    AUTO = "auto"  # a patch of a serving line now, a new line with its first start
    NOW = "now"
    ON_REQUEST = "on-request"


def operation_to_deploy(line: Line, version: Version, deploy: Deploy) -> OperationKind | None:
    """Return the operation that deploys a release now, or None if it is not to be deployed now."""
    if deploy is Deploy.ON_REQUEST or (line.release is not None and version < line.release):
        return None
    if line.state.serves and line.release is not None:
        requested = deploy is Deploy.NOW and version > line.release
        return OperationKind.PATCH if requested or follows(line.release, version) else None
    provisioned_now = {LineState.FAILED} if deploy is Deploy.AUTO else _WITHOUT_APP
    return OperationKind.PROVISION if line.state in provisioned_now else None


def _cannot_revive(line: Line, advice: str) -> Refusal:
    detail = f"Line {line.id} is {line.state}; cannot revive it: {advice}."
    return Refusal(409, "wrong-state", detail, state=str(line.state))
