"""Find in a host.json why no Functions host would run its app, or Azure no longer supports it.

The version of an extension bundle is a range as NuGet writes them, such as `[4.*, 5.0.0)`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from router.releases.host_json import member

_VERSION = "2.0"
_ID = re.compile(r"\w+(?:[.-]\w+)*")
_NUMBER = r"\d+(?:\.(?:\d+|\*)){0,3}"
_INTERVAL = re.compile(rf"[\[(]\s*({_NUMBER})?\s*,\s*({_NUMBER})?\s*([\])])")
_ONE = re.compile(rf"\[\s*({_NUMBER})\s*\]|({_NUMBER})")
_WANTED = 4
_ADVICE = 'Set it to "[4.*, 5.0.0)"'


def problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield why the Functions host could never run an app with this host.json."""
    version = document.get("version")  # the only name of which the host minds the case
    if not version:
        yield f'host.json lacks the required "version": "{_VERSION}"'
    elif version != _VERSION:
        yield f'host.json has version {_shown(version)}, and the host accepts only "{_VERSION}"'
    bundle = member(document, "extensionBundle")
    if bundle is not None:
        yield from _bundle_problems(bundle if isinstance(bundle, Mapping) else {})


def has_bundle(document: Mapping[str, Any]) -> bool:
    """Return whether the host gets its extensions from a bundle, Durable among them."""
    return member(document, "extensionBundle") is not None


def _bundle_problems(bundle: Mapping[str, Any]) -> Iterator[str]:
    bundle_id, version = member(bundle, "id"), member(bundle, "version")
    if not (isinstance(bundle_id, str) and _ID.fullmatch(bundle_id)):
        yield "host.json: the id of extensionBundle is missing or invalid"
    included = _majors_include(version, _WANTED) if isinstance(version, str) else None
    if included is None:
        yield f"host.json: the version of extensionBundle is missing or invalid. {_ADVICE}"
    elif not included:
        yield (
            f"host.json: the version of extensionBundle is {_shown(version)}, which includes no "
            f"{_WANTED}.x, and Azure supports no other. {_ADVICE}"
        )


def _majors_include(text: str, major: int) -> bool | None:
    """Return whether a range has versions of this major, or None if it is no range."""
    if interval := _INTERVAL.fullmatch(text.strip()):
        lowest, highest, end = interval.groups()
        begins = lowest is None or _number(lowest)[0] <= major
        return begins and (highest is None or _reaches(_number(highest), major, end == "]"))
    if one := _ONE.fullmatch(text.strip()):
        exact, least = one.groups()
        if exact or "*" in least:
            return _number(exact or least)[0] == major
        return _number(least)[0] <= major
    return None


def _reaches(highest: list[int], major: int, closed: bool) -> bool:
    first = [major, *[0] * (len(highest) - 1)]
    return highest > first or (closed and highest == first)


def _number(text: str) -> list[int]:
    return [0 if part == "*" else int(part) for part in text.split(".")]


def _shown(value: Any) -> str:
    return repr(value)[:50]
