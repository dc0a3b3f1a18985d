"""The paths of requests, which .NET decodes three times.

The server decodes a path once, but for slashes, and resolves dots. The extension decodes it as form
text, in which a plus is a blank, and decodes every segment once more.
"""

import re
from urllib.parse import unquote, unquote_plus

_ENCODED_DOT = re.compile("%2e", re.IGNORECASE)
ABOVE_BASE = "\0"  # a segment of no route


def segments(tail: str) -> list[str]:
    """Return the segments of a path after the API's base, which the server has decoded once."""
    path = unquote_plus("/".join(_resolved(tail)))
    return [unquote(part) for part in path.split("/") if part]


def as_uri(url: str) -> str:
    """Return a URL as .NET's Uri writes it: without dots in its path and needless escapes."""
    path, mark, query = url.partition("?")
    origin, path = path[: path.find("/", 8)], path[path.find("/", 8) :]
    if path.endswith(("/.", "/..")):
        path += "/"
    resolved = "/".join(_resolved(path)).replace("%7E", "~")
    return f"{origin}{resolved}{mark}{query}"


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
