"""Cookies as the host writes them."""

import pytest

from emulator.host.http.cookies import rewritten


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("a=1; Path=/x; HttpOnly", "a=1; domain=; path=/x; httponly"),
        ("a=1", "a=1; domain=; path="),
        (
            "a=1; Secure; SameSite=Lax; Domain=d; Max-Age=5",
            "a=1; max-age=5; domain=d; path=; secure; samesite=lax",
        ),
        ("nonsense", "nonsense"),
    ],
)
def test_cookie_is_written_again(given: str, written: str) -> None:
    assert rewritten(given) == written
