"""What operators order of a line, as far as the line's row alone decides it.

Each order may be given again: what is so already is no error. Whether a line's work is done, and
whether there is a place for it, is decided elsewhere.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from semver import Version

from router.domain import line_transitions, resource_names
from router.domain.errors import Refusal
from router.domain.line_states import SERVES, LineState, Starts
from router.domain.model import Line, OperationKind, Release
from router.routing.rules import newest


def drained(line: Line, now: datetime, *, closed: bool | None) -> Line:
    """The line, draining. `closed`: whether it takes no new starts; None leaves that as it is."""
    if line.state is LineState.DRAINING:
        return line if closed is None else replace(line, closed=closed)
    if line.state is LineState.ACTIVE:
        return line_transitions.drained_from(line, now, closed=bool(closed))
    raise _wrong_state(line, "drain", "an active line drains")


def undrained(line: Line, now: datetime) -> Line:
    """The line, in service."""
    if line.state is LineState.ACTIVE:
        return line
    if line.state is LineState.DRAINING:
        return line_transitions.undrained(line, now)
    raise _wrong_state(line, "undrain", "only a draining line can; revive one that is retired")


def is_held_for(line: Line, kind: OperationKind) -> bool:
    """Whether an operation of this kind is at work on the line."""
    return resource_names.operation_kind(line.operation) is kind


def revived_with(line: Line, releases: Iterable[Release]) -> Version | None:
    """The release with which the line comes up; None when it is up, or coming.

    What ran on it last, or a newer one that is meant to go in by itself and did not fail to. A line
    that failed is tried again with what failed. Refusal 409 wrong-state.
    """
    if line.state in (LineState.ACTIVE, LineState.PROVISIONING):
        return None
    if line.state in (LineState.DRAINING, LineState.RETIRING):
        raise _wrong_state(line, "revive", "a line is revived once it is retired; see undrain")
    known = {each.version: each for each in releases if each.line == line.id}
    tried = line.rejects[:-1] if line.state is LineState.FAILED else line.rejects
    meant = (each for each in known if not known[each].on_request and each not in tried)
    ran = line.release if line.release in known else None
    wanted = [each for each in (newest(line.id, meant), ran) if each is not None]
    found = max(wanted, default=None) or newest(line.id, known)
    if found is None:
        raise _wrong_state(line, "revive", "it has no release; register one")
    return found


def goes_on_with(line: Line, releases: Iterable[Release]) -> Version | None:
    """The patch that is due on a line that serves and is free: the newest that is meant to go in by
    itself and has not failed to. None when there is none."""
    if SERVES[line.state] is not Starts.FORWARDED or line.operation or line.release is None:
        return None
    meant = (each.version for each in releases if not each.on_request)
    return newest(
        line.id,
        (each for each in meant if each not in line.rejects and goes_in(line.release, each)),
    )


def goes_in(in_place: Version, release: Version) -> bool:
    """Whether a release follows the one that is in place without being asked for: it is newer, and
    no pre-release where a final one serves."""
    return release > in_place and (release.prerelease is None or in_place.prerelease is not None)


def _wrong_state(line: Line, order: str, advice: str) -> Refusal:
    detail = f"Line {line.id} is {line.state}; cannot {order} it: {advice}."
    return Refusal(409, "wrong-state", detail, state=str(line.state))
