"""The recorded requests and answers, whose placeholders are filled in or matched."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parents[2] / "conformance" / "real_host"
APP = RECORDED / "app"

PLACEHOLDER = re.compile(r"\{(y:\d+|[a-z]+\+?)\}")
SECONDS = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
PATTERNS = {
    **dict.fromkeys(("n", "length", "port", "ms"), r"\d+"),
    **dict.fromkeys(("stack", "names"), r"(?s:.*?)"),
    "id": r"[0-9a-f]{32}",
    "guid": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "time": SECONDS + "Z",
    "timef": SECONDS + r"\.\d{1,7}Z",
    "timef+": SECONDS + r"\.\d{1,7}\+00:00",
    "key": r"[A-Za-z0-9_-]{54}==",
    "commit": r"[0-9a-f]+",
    "hostid": r"[\w-]+",
    "hub": r"\w+",
    "app": r'[^"\s]*?',
    "token": r"\S+",
    "page": r"(?s:.*)",
}


@dataclass(frozen=True)
class Expected:
    """A recorded answer. `status` is None if there was none."""

    status: int | None
    headers: dict[str, str]
    body: str
    latin: bool = False
    closed: bool | None = None


@dataclass(frozen=True)
class Entry:
    """A recorded request, what is sent before it, and its answers."""

    name: str
    raw: str
    then: str | None
    half_close: bool
    prepare: tuple[dict[str, str], ...]
    pause: float
    poll: bool
    expected: tuple[Expected, ...]


@dataclass
class Filling:
    """The values of placeholders in requests."""

    port: int
    token: str = field(default="")

    def bytes_of(self, text: str) -> bytes:
        """Return the bytes of a recorded request."""
        filled = text.replace("{port}", str(self.port)).replace("{token}", self.token)
        return re.sub(r"\{y:(\d+)\}", lambda found: "y" * int(found[1]), filled).encode("latin-1")


def entries(section: str, host: str) -> Iterator[Entry]:
    """Return the entries of a section that belong to one of the two recorded hosts."""
    for entry in json.loads((RECORDED / "http.json").read_text())["entries"]:
        if entry["section"] == section and entry.get("host", "main") == host:
            yield _entry(entry)


def sections() -> list[str]:
    """Return the names of all sections. The one that ends the worker comes last."""
    document = json.loads((RECORDED / "http.json").read_text())
    return list(dict.fromkeys(entry["section"] for entry in document["entries"]))


def pattern(text: str) -> str:
    """Return the regular expression of a text with placeholders."""
    result, at = "", 0
    for found in PLACEHOLDER.finditer(text):
        name = found[1]
        known = f"y{{{name[2:]}}}" if name.startswith("y:") else PATTERNS.get(name)
        if known is not None:
            result += re.escape(text[at : found.start()]) + known
            at = found.end()
    return result + re.escape(text[at:])


def _entry(entry: dict[str, Any]) -> Entry:
    request = entry["request"]
    return Entry(
        name=f"{entry['section']}/{entry['name']}",
        raw=request["raw"],
        then=request.get("then"),
        half_close=request.get("half_close", False),
        prepare=tuple(entry.get("prepare", ())),
        pause=entry.get("pause_s", 0),
        poll=entry.get("poll", False),
        expected=tuple(map(_expected, [*entry.get("before", ()), entry["response"]])),
    )


def _expected(recorded: dict[str, Any]) -> Expected:
    file = recorded.get("body_file")
    return Expected(
        status=recorded["status"],
        headers=recorded.get("headers", {}),
        body=(RECORDED / file).read_text() if file else recorded.get("body") or "",
        latin=recorded.get("body_encoding") == "latin-1",
        closed=recorded.get("closed"),
    )
