"""What operators order of a line, as far as the line's row alone decides it.

Each order may be given again: what is so already is no error. Whether a line's work is done, and
whether there is a place for it, is decided elsewhere.
"""

from collections.abc import Iterable
from enum import StrEnum

from semver import Version

from router.domain.errors import Refusal
from router.domain.line_states import SERVES, LineState, Starts
from router.domain.model import Line, OperationKind, Release
from router.domain.version import LineId


def newest(line: LineId, releases: Iterable[Version]) -> Version | None:
    """The newest release of a line; a pre-release only where there is nothing else."""
    of_line = [version for version in releases if LineId.of(version) == line]
    final = [version for version in of_line if version.prerelease is None]
    return max(final or of_line, default=None)


def release_to_revive(line: Line, releases: Iterable[Release]) -> Version | None:
    """The release with which the line comes up; None when it is up, or coming.

    What ran on it last, or a newer one that is meant to go in by itself and did not fail to. A line
    that failed is tried again with what failed. Refusal 409 wrong-state.
    """
    if line.state in (LineState.ACTIVE, LineState.PROVISIONING):
        return None
    if line.state in (LineState.DRAINING, LineState.RETIRING):
        raise _wrong_state(line, "revive", "a line is revived once it is retired; see undrain")
    known = {each.version: each for each in releases if each.line == line.id}
    tried = line.failed_releases[:-1] if line.state is LineState.FAILED else line.failed_releases
    meant = (each for each in known if not known[each].on_request and each not in tried)
    ran = line.release if line.release in known else None
    wanted = [each for each in (newest(line.id, meant), ran) if each is not None]
    found = max(wanted, default=None) or newest(line.id, known)
    if found is None:
        raise _wrong_state(line, "revive", "it has no release; register one")
    return found


def pending_patch(line: Line, releases: Iterable[Release]) -> Version | None:
    """The patch that is due on a line that serves and is free: the newest that is meant to go in by
    itself and has not failed to. None when there is none."""
    if SERVES[line.state] is not Starts.FORWARDED or line.operation or line.release is None:
        return None
    meant = (each.version for each in releases if not each.on_request)
    return newest(
        line.id,
        (
            each
            for each in meant
            if each not in line.failed_releases and follows(line.release, each)
        ),
    )


def follows(in_place: Version, release: Version) -> bool:
    """Whether a release follows the one that is in place without being asked for: it is newer, and
    no pre-release where a final one serves."""
    return release > in_place and (release.prerelease is None or in_place.prerelease is not None)


class Deploy(StrEnum):
    """When a release is put in place."""

    AUTO = "auto"  # a patch of a serving line now, a new line with its first start
    NOW = "now"
    ON_REQUEST = "on-request"


def deployment(line: Line, version: Version, deploy: Deploy) -> OperationKind | None:
    """The operation that puts a release in place now, if it is to go in now."""
    if deploy is Deploy.ON_REQUEST or (line.release is not None and version < line.release):
        return None
    if _serves(line) and line.release is not None:
        by_itself = follows(line.release, version)
        asked = deploy is Deploy.NOW and version > line.release
        return OperationKind.PATCH if by_itself or asked else None
    provisions = {LineState.FAILED} if deploy is Deploy.AUTO else _IDLE
    return OperationKind.PROVISION if line.state in provisions else None


_IDLE = {LineState.REGISTERED, LineState.RETIRED, LineState.FAILED}


def _serves(line: Line) -> bool:
    return SERVES[line.state] is Starts.FORWARDED


def _wrong_state(line: Line, order: str, advice: str) -> Refusal:
    detail = f"Line {line.id} is {line.state}; cannot {order} it: {advice}."
    return Refusal(409, "wrong-state", detail, state=str(line.state))
