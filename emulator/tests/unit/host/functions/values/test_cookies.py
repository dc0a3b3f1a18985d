"""Cookies as the host writes them."""

from typing import Any

import pytest

from emulator.host.functions.values.cookies import cookie_header

COOKIE: dict[str, Any] = {
    "name": "a",
    "value": "1",
    "domain": None,
    "path": None,
    "expires": None,
    "max_age": None,
    "secure": False,
    "http_only": False,
    "same_site": None,
}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "a=1; domain=; path="),
        ({"value": "1 ü"}, "a=1%20%C3%BC; domain=; path="),
        ({"path": "/x", "http_only": True}, "a=1; domain=; path=/x; httponly"),
        (
            {"expires": 1_445_412_480, "max_age": 5.0, "secure": True, "same_site": "lax"},
            (
                "a=1; expires=Wed, 21 Oct 2015 07:28:00 GMT; max-age=5; domain=; path=; secure; "
                "samesite=lax"
            ),
        ),
    ],
)
def test_cookie_is_written_as_the_real_host_does(changes: dict[str, Any], text: str) -> None:
    assert cookie_header(COOKIE | changes) == text
