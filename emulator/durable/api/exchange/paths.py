"""The paths of requests, which .NET decodes three times and encodes again in answers.

The server decodes a path once, but for slashes, and resolves dots. The extension decodes it as form
text, in which a plus is a blank, and decodes every segment once more.
"""

import re
from urllib.parse import quote, unquote, unquote_plus

_ENCODED_SLASH = re.compile("(%2f)", re.IGNORECASE)
_ENCODED_DOT = re.compile("%2e", re.IGNORECASE)
_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_SAFE = "/%:@!$&'()*+,;=~"
ABOVE_BASE = "\0"  # a segment of no route


def segments(tail: str) -> list[str]:
    """Return the decoded segments of a raw path after the API's base."""
    path = unquote_plus("/".join(_resolved(_decoded(tail))))
    return [unquote(part) for part in path.split("/") if part]


def encoded_again(raw_path: str) -> str:
    """Return a raw path as .NET writes it into a Location header."""
    return quote(_PERCENT.sub("%25", _decoded(raw_path)), safe=_SAFE)


def as_uri(url: str) -> str:
    """Return a URL as .NET's Uri writes it: without dots in its path and needless escapes."""
    path, mark, query = url.partition("?")
    origin, path = path[: path.find("/", 8)], path[path.find("/", 8) :]
    if path.endswith(("/.", "/..")):
        path += "/"
    resolved = "/".join(_resolved(path)).replace("%7E", "~")
    return f"{origin}{resolved}{mark}{query}"


def _decoded(path: str) -> str:
    return "".join(
        part if _ENCODED_SLASH.fullmatch(part) else unquote(part)
        for part in _ENCODED_SLASH.split(path)
    )


def _resolved(path: str) -> list[str]:
    resolved: list[str] = []
    for part in path.split("/"):
        match _ENCODED_DOT.sub(".", part):
            case ".":
                continue
            case "..":
                resolved = resolved[:-1] or [ABOVE_BASE]
            case _:
                resolved.append(part)
    return resolved
