"""Answers, and the bytes that Kestrel sends for them."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from emulator.host.kestrel.head import Head

NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VALUE = re.compile(r"[\t\x20-\x7e]*")
PHRASES = {status.value: status.phrase for status in HTTPStatus}
WITHOUT_BODY = frozenset({204, 205, 304})
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. One whose length is not `known` in advance is sent in chunks."""

    status: int
    body: bytes = b""
    headers: Sequence[Header] = ()
    known: bool = True
    closing: bool = False


@dataclass(frozen=True, slots=True)
class Framed:
    """The bytes of an answer, and whether the connection ends with it."""

    data: bytes
    closing: bool


FAILED = Answer(500)


def framed(answer: Answer, head: Head | None, *, closing: bool = False) -> Framed:
    """Return the bytes of an answer. `head` is None if the request could not be read."""
    if not all(NAME.fullmatch(n) and VALUE.fullmatch(v) for n, v in answer.headers):
        answer = FAILED
    set_by_app = {name.lower(): value for name, value in answer.headers}
    length = set_by_app.get("content-length")
    if length is not None and not length.isdecimal():
        answer, set_by_app, length = FAILED, {}, None
    if length is not None and int(length) < len(answer.body):
        answer, set_by_app, length = Answer(500, closing=True), {}, None
    closing = (
        closing
        or answer.closing
        or head is None
        or head.closing
        or set_by_app.get("connection", "").lower() == "close"
        or (answer.status in WITHOUT_BODY and bool(answer.body))
        or (length is not None and int(length) > len(answer.body))
    )
    more, body = _body(answer, head, set_by_app)
    lines = [f"HTTP/1.1 {answer.status} {PHRASES.get(answer.status, '')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    lines += more
    if "date" not in set_by_app:
        lines.append(_date(int(time.time())))
    if "server" not in set_by_app:
        lines.append("Server: Kestrel")
    if _says_close(answer, head, set_by_app, closing=closing):
        lines.append("Connection: close")
    return Framed("\r\n".join([*lines, "", ""]).encode("ascii") + body, closing)


def _body(answer: Answer, head: Head | None, set_by_app: dict[str, str]) -> tuple[list[str], bytes]:
    """Return the header of the body's length and the body as it is sent."""
    body = answer.body
    if head is not None and head.method == "HEAD":
        return ([f"Content-Length: {len(body)}"] if body and answer.known else []), b""
    if "transfer-encoding" in set_by_app or "content-length" in set_by_app:
        return [], body
    if answer.status in {204, 304} or answer.status < 200:
        return [], b""
    if answer.status in WITHOUT_BODY or not body:
        return ["Content-Length: 0"], b""
    if answer.known:
        return [f"Content-Length: {len(body)}"], body
    if head is not None and head.is_old:
        return [], body
    return ["Transfer-Encoding: chunked"], b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def _says_close(
    answer: Answer, head: Head | None, set_by_app: dict[str, str], *, closing: bool
) -> bool:
    """Return whether the head announces the end. It does not if only the body turned out wrong."""
    if not closing or "connection" in set_by_app:
        return False
    if answer.closing or head is None or head.closing:
        return True
    has_wrong_body = answer.status in WITHOUT_BODY and bool(answer.body)
    return not has_wrong_body and "content-length" not in set_by_app


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return f"Date: {formatdate(second, usegmt=True)}"
