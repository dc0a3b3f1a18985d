"""Decoding, encoding and dot segments of paths."""

import pytest

from emulator.host.kestrel import percent


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("/a%20b+c", "/a b+c"),
        ("/a%2Fb%2fc", "/a%2Fb%2fc"),
        ("/a%252Fb", "/a%2Fb"),
        ("/%FF%C3%A9%ed%a0%80", "/%FFé%ed%a0%80"),
        ("/%zz%", "/%zz%"),
    ],
)
def test_path_is_decoded_once(text: str, decoded: str) -> None:
    assert percent.decoded_path(text) == decoded


def test_value_is_decoded_as_form_text() -> None:
    assert percent.decoded_value("%41%2F%2B+x%E2%82%AC%FF%") == "A/+ x€%FF%"


@pytest.mark.parametrize(
    ("path", "encoded"),
    [
        ("/a:b@c!$&'()*,=~;d", "/a:b@c!$&'()*,=~;d"),
        ("/a b?c#d\\{|}é", "/a%20b%3Fc%23d%5C%7B%7C%7D%C3%A9"),
        ("/a%b%zz%2F%FF", "/a%25b%25zz%2F%FF"),
    ],
)
def test_path_is_encoded_for_a_url(path: str, encoded: str) -> None:
    assert percent.encoded_path(path) == encoded


@pytest.mark.parametrize(
    ("path", "resolved"),
    [
        ("/a/./b/../c", "/a/c"),
        ("/a/.", "/a/"),
        ("/a/..", "/"),
        ("/../../a", "/a"),
        ("/a/...", "/a/..."),
        ("/a/.b/", "/a/.b/"),
    ],
)
def test_dot_segments_are_resolved(path: str, resolved: str) -> None:
    assert percent.without_dots(path) == resolved
