"""Versions: an exact semver, the line it belongs to, and what a request may ask for.

Owns how versions are written, ordered and refused. Knows nothing of which exist.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from semver import Version

from router.domain.errors import Refusal

_LINE = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")
_LONGEST = 64
_EXACT = "an exact semantic version such as 1.0.3"


class LineId(NamedTuple):
    """major.minor: what picks the function app. Orders as numbers do."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @property
    def dashed(self) -> str:
        """The form that ids and names of Azure resources can hold: 1-0."""
        return f"{self.major}-{self.minor}"

    @classmethod
    def of(cls, version: Version) -> "LineId":
        """The line that a version belongs to; its patch picks nothing."""
        return cls(version.major, version.minor)


@dataclass(frozen=True, slots=True)
class RequestedVersion:
    """What a request asked for: a line, and the exact version where it named one."""

    line: LineId
    version: Version | None = None


def parse_version(text: str, wanted: str = _EXACT) -> Version:
    """An exact semver such as 1.0.3 or 2.0.0-rc.1; build metadata is refused, it has no order."""
    try:
        version = Version.parse(text) if text.isascii() and len(text) <= _LONGEST else None
    except ValueError:
        version = None
    if version is None or version.build is not None or max(version.to_tuple()[:3]) > 999_999_999:
        raise _bad(text, wanted)
    return version


def parse_line(text: str) -> LineId:
    """A line such as 1.0."""
    found = _LINE.fullmatch(text)
    if found is None:
        raise _bad(text, "a line such as 1.0")
    return LineId(int(found[1]), int(found[2]))


def parse_requested_version(text: str) -> RequestedVersion:
    """What a request may name: an exact version (1.0.3) or a line (1.0)."""
    if _LINE.fullmatch(text):
        return RequestedVersion(parse_line(text))
    version = parse_version(text, f"{_EXACT} or a line such as 1.0")
    return RequestedVersion(LineId.of(version), version)


def requested_version(header: str | None, query: str | None) -> RequestedVersion | None:
    """What a request asked for by X-App-Version and by version=; None when by neither.

    An empty text is malformed, not absent: a variable that a pipeline forgot to set must not pick
    the default line. Refusal 400 bad-version or version-conflict.
    """
    asks = [parse_requested_version(text) for text in (header, query) if text is not None]
    if len(set(asks)) > 1:
        detail = f"X-App-Version says {header!r}, version= says {query!r}. Send one of them."
        raise Refusal(400, "version-conflict", detail)
    return asks[0] if asks else None


def _bad(text: str, wanted: str) -> Refusal:
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return Refusal(400, "bad-version", f"{shown!r} is not {wanted}. Send one.")
