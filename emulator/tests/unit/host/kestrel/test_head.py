"""Heads of requests: what is accepted, and what is refused with which status."""

import pytest

from emulator.host.kestrel import head
from emulator.host.kestrel.refused import RefusedError

HOST = b"Host: h\r\n"


def request(*lines: bytes, line: bytes = b"GET / HTTP/1.1\r\n") -> bytes:
    return b"".join([line, HOST, *lines, b"\r\n"])


def read(data: bytes) -> head.Head:
    head.end_of(bytearray(data))
    return head.parse(data)


def refusal(data: bytes) -> int:
    with pytest.raises(RefusedError) as refused:
        read(data)
    return refused.value.status


def test_head_is_parsed() -> None:
    data = request(b"X-A: 1\r\nx-a:  gr\xc3\xbcn \r\nContent-Length: 3\r\nExpect: 100-continue\r\n")
    assert head.end_of(bytearray(data + b"abc")) == len(data)
    parsed = head.parse(data)
    assert parsed.headers.getall("X-A") == ["1", "grün"]
    assert (parsed.length, parsed.chunked, parsed.closing) == (3, False, False)
    assert parsed.expects_continue


def test_lines_may_end_with_lf() -> None:
    data = b"GET /a HTTP/1.1\nHost: h\n\n"
    assert head.end_of(bytearray(data)) == len(data)
    assert head.parse(data).headers["Host"] == "h"


@pytest.mark.parametrize(
    ("sent", "method"), [(b"get", "GET"), (b"FOO", "FOO"), (b"foo", "foo"), (b"Patch", "PATCH")]
)
def test_any_method_is_accepted(sent: bytes, method: str) -> None:
    assert head.parse(request(line=sent + b" / HTTP/1.1\r\n")).method == method


def test_length_beside_chunks_is_set_aside() -> None:
    data = request(b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")
    parsed = head.parse(data)
    assert (parsed.length, parsed.chunked, parsed.closing) == (None, True, True)
    assert "Content-Length" not in parsed.headers
    assert parsed.headers["X-Content-Length"] == "3"


@pytest.mark.parametrize(
    ("line", "lines", "closing"),
    [
        (b"GET / HTTP/1.1\r\n", b"", False),
        (b"GET / HTTP/1.1\r\n", b"Connection: Close\r\n", True),
        (b"GET / HTTP/1.0\r\n", b"Connection: keep-alive\r\n", True),
    ],
)
def test_connection_is_closed_when_asked_or_old(line: bytes, lines: bytes, closing: bool) -> None:
    assert head.parse(request(lines, line=line)).closing is closing


@pytest.mark.parametrize(
    "lines",
    [
        b"Host: other\r\n",
        b"X A: 1\r\n",
        b"X-A\r\n",
        b" folded\r\n",
        b"X-A: gr\xfcn\r\n",
        b"X-A: a\0b\r\n",
        b"X-A: a\rb\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 1\r\nContent-Length: 1\r\n",
        b"Transfer-Encoding: gzip\r\n",
    ],
)
def test_malformed_header_is_400(lines: bytes) -> None:
    assert refusal(request(lines)) == 400


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"RUBBISH\r\n", 400),
        (b"GET /\xc3\xa9 HTTP/1.1\r\n\r\n", 400),
        (b"G(T / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400),
        (b"GET / HTTP/1.2\r\n", 505),
        (b"GET /" + b"x" * 8192, 414),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 33000, 431),
        (request(*(b"X%d: 1\r\n" % n for n in range(100))), 431),
    ],
)
def test_other_refusals(data: bytes, status: int) -> None:
    assert refusal(data) == status


def test_limits_are_those_of_the_real_server() -> None:
    assert len(head.parse(request(*(b"X%d: 1\r\n" % n for n in range(99)))).headers) == 100
    line = b"GET /" + b"x" * (8192 - 16) + b" HTTP/1.1\r\n"
    assert head.end_of(bytearray(request(line=line))) > 8192
    assert head.end_of(bytearray(b"GET / HTTP/1.1\r\nHost:")) == 0


def test_old_request_needs_no_host() -> None:
    assert "Host" not in head.parse(b"GET / HTTP/1.0\r\n\r\n").headers
