"""Responses as a function made them."""

from typing import Any

import pytest

from emulator.host.functions.http_call import cookie_text, response

COOKIE: dict[str, Any] = {
    "name": "a",
    "value": "1",
    "domain": "",
    "path": "/x",
    "expires": None,
    "max_age": None,
    "secure": False,
    "http_only": True,
    "same_site": None,
}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "a=1; domain=; path=/x; httponly"),
        ({"value": "ü 1"}, "a=%C3%BC%201; domain=; path=/x; httponly"),
        (
            {"expires": 1_445_412_480, "max_age": 5.0, "secure": True, "same_site": "lax"},
            (
                "a=1; expires=Wed, 21 Oct 2015 07:28:00 GMT; max-age=5; domain=; path=/x; secure; "
                "samesite=lax; httponly"
            ),
        ),
    ],
)
def test_cookie_is_written_as_by_the_host(changes: dict[str, Any], text: str) -> None:
    assert cookie_text({**COOKIE, **changes}) == text


def test_every_cookie_has_a_header() -> None:
    head = {"kind": "http", "status": "204", "headers": {"X": "y"}}
    made = response({**head, "cookies": [COOKIE, {**COOKIE, "name": "b"}]}, b"")
    assert made.status_code == 204
    assert len(made.headers.get_all("Set-Cookie")) == 2


def test_text_is_a_response() -> None:
    made = response({"kind": "string"}, "ü".encode())
    assert (made.status_code, made.get_body(), made.mimetype) == (200, "ü".encode(), "text/plain")
