"""Paths are decoded three times and encoded again like in .NET."""

import pytest

from emulator.durable.api.exchange import paths


@pytest.mark.parametrize(
    ("tail", "last"),
    [
        ("instances/a%20b", "a b"),
        ("instances/a+b", "a b"),
        ("instances/a%2Bb", "a b"),
        ("instances/a%252Bb", "a+b"),
        ("instances/a%25b", "a%b"),
        ("instances/a%2541b", "aAb"),
        ("instances/a%252541b", "aAb"),
        ("instances/a%25252541b", "a%41b"),
        ("instances/x%25252By", "x+y"),
        ("instances/%2525C3%2525A9", "é"),
        ("instances/a%FFb", "a\ufffdb"),
        ("instances/%ED%A0%80", "\ufffd" * 3),
        ("instances/%25252e", "."),
        ("instances/%252e", "instances"),
        ("instances/a/%2e%2e", "instances"),
    ],
)
def test_last_segment_is_decoded(tail: str, last: str) -> None:
    assert paths.segments(tail)[-1] == last


@pytest.mark.parametrize("tail", ["instances/a%2Fb", "instances/a%252fb"])
def test_encoded_slash_separates_segments(tail: str) -> None:
    assert paths.segments(tail) == ["instances", "a", "b"]


def test_dots_do_not_lead_out_of_the_api() -> None:
    assert paths.segments("../instances")[0] == paths.ABOVE_BASE


@pytest.mark.parametrize(
    ("raw", "again"),
    [
        ("/d/a%252Bb", "/d/a%2Bb"),
        ("/d/a%2Bb", "/d/a+b"),
        ("/d/a%20b^", "/d/a%20b%5E"),
        ("/d/a%25b", "/d/a%25b"),
        ("/d/a%2Fb", "/d/a%2Fb"),
        ("/d/\u00e9", "/d/%C3%A9"),
    ],
)
def test_path_is_encoded_again(raw: str, again: str) -> None:
    assert paths.encoded_again(raw) == again


def test_url_is_written_without_dots_and_needless_escapes() -> None:
    assert paths.as_uri("http://h:1/d/instances/.?q=%7E") == "http://h:1/d/instances/?q=%7E"
    assert paths.as_uri("http://h:1/d/instances/a%7E+b?q") == "http://h:1/d/instances/a~+b?q"
