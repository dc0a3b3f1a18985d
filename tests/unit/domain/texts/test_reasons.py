"""A reason is stored as it is, so it must not be misread, and it fits a request line."""

from urllib.parse import quote

import pytest

from router.domain.errors import Refusal
from router.domain.texts.reasons import MAX_ENCODED, checked_reason


@pytest.mark.parametrize("reason", ["no need", "größer", "50 % + more", "a // b", "drain:v1", "5"])
def test_plain_reason_is_kept(reason: str) -> None:
    assert checked_reason(reason) == reason


@pytest.mark.parametrize("reason", [None, ""])
def test_empty_reason_is_none(reason: str | None) -> None:
    assert checked_reason(reason) is None


@pytest.mark.parametrize(
    "reason",
    [
        "//host/x",
        "/* c */",
        " \t//x",
        "\ufeff//x",
        "\x00/*",
        "[//x",
        "http://account/hub/a.json.gz",
    ],
)
def test_reason_that_would_be_misread_begins_with_a_word(reason: str) -> None:
    assert checked_reason(reason) == f"Reason: {reason}"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("a\ufffe", "bad-reason"),
        ("\uffff", "bad-reason"),
        ("\udcff", "bad-reason"),
        ("x" * (MAX_ENCODED + 1), "reason-too-long"),
        ("é" * (MAX_ENCODED // 6 + 1), "reason-too-long"),
    ],
)
def test_reason_that_cannot_be_sent_is_refused(reason: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        checked_reason(reason)
    assert (refusal.value.status, refusal.value.code) == (400, code)


def test_longest_reason_is_accepted() -> None:
    assert checked_reason("x" * MAX_ENCODED)


def test_longest_reason_and_id_fit_a_request_line() -> None:
    """Azure refuses one of more than 8 KiB, with an empty 414."""
    reason = checked_reason("//" + "x" * (MAX_ENCODED - 6))
    assert reason
    instance = quote("😀" * 100, safe="")
    path = f"/runtime/webhooks/durabletask/instances/{instance}/terminate"
    assert len(f"POST {path}?reason={quote(reason, safe='')} HTTP/1.1\r\n") < 8 * 1024
