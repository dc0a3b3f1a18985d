"""Targets of requests."""

import pytest

from emulator.host.kestrel import target
from emulator.host.kestrel.refused import RefusedError
from emulator.host.kestrel.target import Target


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("/a/%2e%2e/b%20c?d=e#f", Target("/b c", "d=e%23f")),
        ("/a#b", Target("/a#b", "")),
        ("http://H:1/a?b", Target("/a", "b")),
        ("http://h:1", Target("/", "")),
    ],
)
def test_target_is_parsed(text: str, parsed: Target) -> None:
    assert target.parse("GET", text, "h:1") == parsed


def test_url_is_encoded_again() -> None:
    parsed = target.parse("GET", "/%41%7b?q=%41", "h")
    assert parsed.url == "/A%7B?q=%41"


@pytest.mark.parametrize("text", ["/a%00", "a", "*", "http://other/a", "ftp://h/a"])
def test_malformed_target_is_refused(text: str) -> None:
    with pytest.raises(RefusedError) as refused:
        target.parse("GET", text, "h")
    assert refused.value.status == 400


def test_targets_without_a_path_belong_to_two_methods() -> None:
    assert (
        target.parse("OPTIONS", "*", "h") == target.parse("CONNECT", "h:1", "h") == Target("", "")
    )
