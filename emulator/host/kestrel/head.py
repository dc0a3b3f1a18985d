"""The head of a request: its line and its headers, with the server's limits."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from multidict import CIMultiDict

from emulator.host.kestrel import target
from emulator.host.kestrel.refused import RefusedError
from emulator.host.kestrel.target import Target

LONGEST_LINE = 8 * 1024
MOST_HEADER_BYTES = 32 * 1024
MOST_HEADERS = 100

END = re.compile(rb"\n\r?\n")
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
HOST = re.compile(r"([\w.\-~!$&'()*+,;=%]+(:\d*)?|\[[\w:.]+\](:\d*)?)?", re.ASCII)
LENGTH = re.compile(r"\d+", re.ASCII)
VERSIONS = {"HTTP/1.1": False, "HTTP/1.0": True}
KNOWN_METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"}
)

Headers = CIMultiDict[str]


@dataclass(frozen=True, slots=True)
class Head:
    """A parsed head. `length` is None without a body or with a chunked one."""

    method: str
    target: Target
    is_old: bool  # HTTP/1.0
    headers: Headers
    length: int | None
    chunked: bool
    closing: bool
    expects_continue: bool


def end_of(buffer: bytearray) -> int:
    """Return the length of the head at the start of a buffer, 0 while it is incomplete.

    Raises RefusedError as soon as it cannot become a valid head.
    """
    found = END.search(buffer)
    line = buffer.find(b"\n") + 1
    if (line or len(buffer)) > LONGEST_LINE:
        raise RefusedError(414)
    if (found.end() if found else len(buffer)) - line > MOST_HEADER_BYTES and line:
        raise RefusedError(431)
    if line and not found:
        _request_line(_text(buffer[:line]).rstrip("\r\n"))
    return found.end() if found else 0


def parse(data: bytes | bytearray) -> Head:
    """Return the head of a request. Raises RefusedError."""
    line, *lines = _text(data).split("\n")
    method, where, is_old = _request_line(line.removesuffix("\r"))
    headers = _headers(lines[:-2])
    host = _host(headers, is_old=is_old)
    chunked = _is_chunked(headers)
    beside = headers.pop("Content-Length", None) if chunked else None
    if beside is not None:
        headers["X-Content-Length"] = beside
    connection = headers.get("Connection", "").lower()
    return Head(
        method=method,
        target=target.parse(method, where, host),
        is_old=is_old,
        headers=headers,
        length=_length(headers),
        chunked=chunked,
        closing=is_old or beside is not None or "close" in connection,
        expects_continue=headers.get("Expect", "").lower() == "100-continue" and not is_old,
    )


def _text(data: bytes | bytearray) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise RefusedError(400) from error


def _request_line(line: str) -> tuple[str, str, bool]:
    method, _, rest = line.partition(" ")
    where, blank, version = rest.partition(" ")
    if not (_is_token(method) and where and blank and line.isascii() and "\0" not in line):
        raise RefusedError(400)
    if version not in VERSIONS:
        raise RefusedError(505)
    known = method.upper()
    return known if known in KNOWN_METHODS else method, where, VERSIONS[version]


def _headers(lines: Iterable[str]) -> Headers:
    headers: Headers = CIMultiDict()
    for line in lines:
        name, colon, value = line.removesuffix("\r").partition(":")
        if not (colon and _is_token(name)) or "\r" in value or "\0" in value:
            raise RefusedError(400)
        headers.add(name, value.strip(" \t"))
    if len(headers) > MOST_HEADERS:
        raise RefusedError(431)
    return headers


@lru_cache(maxsize=512)
def _is_token(text: str) -> bool:
    return TOKEN.fullmatch(text) is not None


def _host(headers: Headers, *, is_old: bool) -> str:
    hosts = headers.getall("Host", [])
    if len(hosts) > 1 or (not hosts and not is_old) or not all(map(HOST.fullmatch, hosts)):
        raise RefusedError(400)
    return hosts[0] if hosts else ""


def _is_chunked(headers: Headers) -> bool:
    codings = headers.getall("Transfer-Encoding", None)
    if codings is None:
        return False
    if codings[-1].rpartition(",")[2].strip().lower() != "chunked":
        raise RefusedError(400)
    return True


def _length(headers: Headers) -> int | None:
    lengths = headers.getall("Content-Length", None)
    if lengths is None:
        return None
    if len(lengths) > 1 or LENGTH.fullmatch(lengths[0]) is None:
        raise RefusedError(400)
    return int(lengths[0])
