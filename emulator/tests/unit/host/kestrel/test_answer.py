"""The bytes of answers."""

import pytest

from emulator.host.kestrel import head
from emulator.host.kestrel.answer import Answer, framed

GET = head.parse(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
HEAD = head.parse(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
OLD = head.parse(b"GET / HTTP/1.0\r\nHost: h\r\n\r\n")


def sent(answer: Answer, to: head.Head | None = GET) -> tuple[str, set[str], bytes, bool]:
    """Return the status, the headers without date and server, the body and whether it closes."""
    result = framed(answer, to)
    first, _, rest = result.data.partition(b"\r\n")
    lines, _, body = rest.partition(b"\r\n\r\n")
    headers = {line for line in lines.decode().split("\r\n") if not line.startswith("Date: ")}
    assert "Server: Kestrel" in headers
    return first.decode()[9:], headers - {"Server: Kestrel"}, body, result.closing


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, b"ab"), ("200 OK", {"Content-Length: 2"}, b"ab", False)),
        (
            Answer(200, b"ab", known=False),
            ("200 OK", {"Transfer-Encoding: chunked"}, b"2\r\nab\r\n0\r\n\r\n", False),
        ),
        (Answer(500), ("500 Internal Server Error", {"Content-Length: 0"}, b"", False)),
        (Answer(1000), ("1000 ", {"Content-Length: 0"}, b"", False)),
        (Answer(204), ("204 No Content", set(), b"", False)),
        (Answer(204, b"x"), ("204 No Content", set(), b"", True)),
        (Answer(205, b"x"), ("205 Reset Content", {"Content-Length: 0"}, b"", True)),
        (
            Answer(500, closing=True),
            ("500 Internal Server Error", {"Content-Length: 0", "Connection: close"}, b"", True),
        ),
    ],
)
def test_length_is_announced_as_by_kestrel(
    answer: Answer, expected: tuple[str, set[str], bytes, bool]
) -> None:
    assert sent(answer) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("X-N", "café", ("500 Internal Server Error", {"Content-Length: 0"}, b"", False)),
        ("X N", "a", ("500 Internal Server Error", {"Content-Length: 0"}, b"", False)),
        (
            "Content-Length",
            "2",
            ("500 Internal Server Error", {"Content-Length: 0", "Connection: close"}, b"", True),
        ),
        ("Content-Length", "20", ("200 OK", {"Content-Length: 20"}, b"body", True)),
        (
            "Transfer-Encoding",
            "chunked",
            ("200 OK", {"Transfer-Encoding: chunked"}, b"body", False),
        ),
    ],
)
def test_header_of_the_application_is_taken_at_its_word(
    name: str, value: str, expected: tuple[str, set[str], bytes, bool]
) -> None:
    assert sent(Answer(200, b"body", [(name, value)], known=False)) == expected


def test_server_and_date_may_be_set() -> None:
    data = framed(Answer(200, headers=[("Server", "mine"), ("Date", "now")]), GET).data
    assert data == b"HTTP/1.1 200 OK\r\nServer: mine\r\nDate: now\r\nContent-Length: 0\r\n\r\n"


def test_head_and_old_requests_are_answered_without_chunks() -> None:
    assert sent(Answer(200, b"ab", known=False), HEAD) == ("200 OK", set(), b"", False)
    assert sent(Answer(404), HEAD) == ("404 Not Found", set(), b"", False)
    assert sent(Answer(200, b"ab", known=False), OLD) == (
        "200 OK",
        {"Connection: close"},
        b"ab",
        True,
    )


def test_unreadable_request_ends_the_connection() -> None:
    expected = ("400 Bad Request", {"Content-Length: 0", "Connection: close"}, b"", True)
    assert sent(Answer(400), None) == expected
