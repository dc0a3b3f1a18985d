"""The decoding and encoding of percent sequences as in ASP.NET Core."""

import re
from functools import lru_cache
from urllib.parse import quote

ALL = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
NO_SLASHES = re.compile(r"(?:%(?!2[Ff])[0-9A-Fa-f]{2})+")
KEPT = re.compile(r"((?:%[0-9A-Fa-f]{2})+)")
PATH_CHARACTERS = "/!$&'()*+,;=:@~"


def decoded_path(text: str) -> str:
    """Decode a path once. An encoded slash stays encoded, as does what is not UTF-8."""
    return NO_SLASHES.sub(_valid, text) if "%" in text else text


def decoded_value(text: str) -> str:
    """Decode a name or value of a query. What is not UTF-8 stays encoded."""
    text = text.replace("+", " ")
    return ALL.sub(_valid, text) if "%" in text else text


@lru_cache(maxsize=1024)
def encoded_path(path: str) -> str:
    """Encode a decoded path for a URL. Sequences that it still contains stay as they are."""
    parts = KEPT.split(path)
    return "".join(
        part if at % 2 else quote(part, safe=PATH_CHARACTERS) for at, part in enumerate(parts)
    )


def without_dots(path: str) -> str:
    """Resolve the segments `.` and `..` of a path."""
    if "/." not in path:
        return path
    kept: list[str] = []
    *segments, last = path.split("/")[1:]
    for segment in segments:
        _append(kept, segment)
    if last in {".", ".."}:
        _append(kept, last)
        last = ""
    return "/" + "/".join([*kept, last])


def _append(kept: list[str], segment: str) -> None:
    if segment == "..":
        del kept[-1:]
    elif segment != ".":
        kept.append(segment)


def _valid(found: re.Match[str]) -> str:
    """Return the text of a run of sequences, in which invalid ones are left as they are."""
    run, text, start = found[0], "", 0
    raw = bytes.fromhex(run.replace("%", ""))
    while start < len(raw):
        try:
            return text + raw[start:].decode()
        except UnicodeDecodeError as error:
            valid, invalid = start + error.start, start + error.end
            text += raw[start:valid].decode() + run[3 * valid : 3 * invalid]
            start = invalid
    return text
