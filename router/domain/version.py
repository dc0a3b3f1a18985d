"""Versions: exact semantic versions, the lines they belong to, and what a request may ask for."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from semver import Version

from router.domain.errors import Refusal

_LINE = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")
_MAX_LENGTH = 64
_EXACT = "an exact semantic version such as 1.0.3"


class LineId(NamedTuple):
    """major.minor: selects the function app. Orders numerically."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @property
    def dashed(self) -> str:
        """The form for ids and names of Azure resources: 1-0."""
        return f"{self.major}-{self.minor}"

    @classmethod
    def of(cls, version: Version) -> "LineId":
        """Return the line that a version belongs to."""
        return cls(version.major, version.minor)


@dataclass(frozen=True, slots=True)
class RequestedVersion:
    """The line that a request asked for, and the exact version if it named one."""

    line: LineId
    version: Version | None = None


def parse_version(text: str, expected: str = _EXACT) -> Version:
    """Parse an exact version such as 1.0.3 or 2.0.0-rc.1.

    Build metadata is refused because it does not order. Raises Refusal 400 bad-version.
    """
    try:
        version = Version.parse(text) if text.isascii() and len(text) <= _MAX_LENGTH else None
    except ValueError:
        version = None
    if version is None or version.build is not None or max(version.to_tuple()[:3]) > 999_999_999:
        raise _bad_version(text, expected)
    return version


def parse_line(text: str) -> LineId:
    """Parse a line such as 1.0, or raise Refusal 400 bad-version."""
    found = _LINE.fullmatch(text)
    if found is None:
        raise _bad_version(text, "a line such as 1.0")
    return LineId(int(found[1]), int(found[2]))


def parse_requested_version(text: str) -> RequestedVersion:
    """Parse an exact version (1.0.3) or a line (1.0), or raise Refusal 400 bad-version."""
    if _LINE.fullmatch(text):
        return RequestedVersion(parse_line(text))
    version = parse_version(text, f"{_EXACT} or a line such as 1.0")
    return RequestedVersion(LineId.of(version), version)


def requested_version(header: str | None, query: str | None) -> RequestedVersion | None:
    """Return what the X-App-Version header or version= parameter asks for, or None without both.

    Raises Refusal 400 bad-version or version-conflict.
    """
    # An empty text is malformed, not absent: a variable that a pipeline failed to set must not
    # select the default line.
    asked = [parse_requested_version(text) for text in (header, query) if text is not None]
    if len(set(asked)) > 1:
        detail = f"X-App-Version is {header!r} but version= is {query!r}. Send only one of them."
        raise Refusal(400, "version-conflict", detail)
    return asked[0] if asked else None


def _bad_version(text: str, expected: str) -> Refusal:
    shown = text if len(text) <= _MAX_LENGTH else text[:_MAX_LENGTH] + "…"
    return Refusal(400, "bad-version", f"{shown!r} is not {expected}.")
