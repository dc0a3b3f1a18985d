"""Tokens: validity, audience, signature."""

import stat
from pathlib import Path

import pytest

from emulator.arm.errors import ArmError
from emulator.arm.policies.identity import AUDIENCE, LIFETIME_SECONDS, check, issue, load_secrets

KEY = "a-key"


def refusal(authorization: str | None, now: float) -> str:
    with pytest.raises(ArmError) as raised:
        check(KEY, authorization, now)
    assert raised.value.status == 401
    assert raised.value.headers["WWW-Authenticate"].startswith("Bearer ")
    return raised.value.code


def test_token_is_valid_until_it_expires() -> None:
    token = issue(KEY, AUDIENCE, "client", now=1000)
    header = f"Bearer {token['access_token']}"

    assert token["expires_on"] == str(1000 + LIFETIME_SECONDS)
    assert check(KEY, header, 1000 + LIFETIME_SECONDS - 1)["appid"] == "client"
    assert refusal(header, 1000 + LIFETIME_SECONDS) == "ExpiredAuthenticationToken"
    assert refusal(header, 999) == "ExpiredAuthenticationToken"


def test_trailing_slash_of_audience_is_ignored() -> None:
    token = issue(KEY, AUDIENCE + "/", None, now=0)["access_token"]
    assert check(KEY, f"bearer {token}", 1)["aud"] == AUDIENCE


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "AuthenticationFailed"),
        ("", "AuthenticationFailed"),
        ("Basic abc", "AuthenticationFailed"),
        ("Bearer abc", "InvalidAuthenticationToken"),
        ("Bearer é.b.c", "InvalidAuthenticationToken"),
    ],
)
def test_invalid_authorization_is_rejected(authorization: str | None, code: str) -> None:
    assert refusal(authorization, 0) == code


def test_token_signed_with_another_key_is_rejected() -> None:
    token = issue("another-key", AUDIENCE, None, now=0)["access_token"]
    assert refusal(f"Bearer {token}", 1) == "InvalidAuthenticationToken"


def test_token_for_another_audience_is_rejected() -> None:
    token = issue(KEY, "https://vault.azure.net", None, now=0)["access_token"]
    assert refusal(f"Bearer {token}", 1) == "InvalidAuthenticationTokenAudience"


def test_secrets_are_generated_once_and_private(tmp_path: Path) -> None:
    file = tmp_path / "arm" / "identity.json"
    first = load_secrets(file)

    assert load_secrets(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
