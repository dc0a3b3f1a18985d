"""Responses as a function made them."""

from emulator.host.functions.values.http_call import HttpResult, http_result
from emulator.tests.unit.host.functions.values.test_cookies import COOKIE


def test_every_cookie_has_a_header() -> None:
    head = {"kind": "http", "status": "204", "headers": {"X": "y"}}
    made = http_result({**head, "cookies": [COOKIE, COOKIE | {"name": "b"}]}, b"")
    assert made.status == 204
    assert made.headers == (
        ("X", "y"),
        ("Set-Cookie", "a=1; domain=; path="),
        ("Set-Cookie", "b=1; domain=; path="),
    )


def test_text_is_a_response() -> None:
    text = (("Content-Type", "text/plain; charset=utf-8"),)
    assert http_result({"kind": "string"}, "ü".encode()) == HttpResult(200, text, "ü".encode())
