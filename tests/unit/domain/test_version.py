"""Versions: what is read as one, what is refused, and how they order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from router.domain.errors import Refusal
from router.domain.version import (
    LineId,
    RequestedVersion,
    parse_line,
    parse_requested_version,
    parse_version,
    requested_version,
)

numbers = st.integers(0, 999_999_999)
OF_1_0 = RequestedVersion(LineId(1, 0))


@pytest.mark.parametrize("text", ["1.0.3", "0.0.0", "2.0.0-rc.1", "10.20.30", "1.0.999999999"])
def test_an_exact_version_is_semver(text):
    assert str(parse_version(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.0",
        "v1.0.0",
        "1.0.0+build",
        "1.0.01",
        " 1.0.0",
        "1.0.0\n",
        "1.0.x",
        "latest",
        "1.0.1000000000",
        "1.0.0-" + "a" * 60,
        "1.0.1\u0661",
    ],
)
def test_anything_else_is_refused_with_what_was_wanted(text):
    with pytest.raises(Refusal) as refused:
        parse_version(text)
    assert (refused.value.status, refused.value.code) == (400, "bad-version")
    assert "an exact semantic version such as 1.0.3" in refused.value.detail
    assert len(refused.value.detail) < 200


@given(numbers, numbers)
def test_a_line_is_read_as_it_is_written(major, minor):
    line = LineId(major, minor)
    assert parse_line(str(line)) == line
    assert line.dashed == f"{major}-{minor}"


@pytest.mark.parametrize(
    "text", ["", "1", "1.0.0", "01.0", "1.1000000000", "1.0 ", "-1.0", "1.0\n", "1.1\u0661"]
)
def test_what_is_no_line_is_refused(text):
    with pytest.raises(Refusal, match="a line such as 1"):
        parse_line(text)


def test_lines_order_as_numbers():
    assert LineId(1, 9) < LineId(1, 10) < LineId(2, 0)


def test_the_patch_picks_nothing():
    assert LineId.of(Version.parse("1.2.3-rc.1")) == LineId(1, 2)


def test_a_request_names_a_line_or_a_version():
    assert parse_requested_version("1.0") == OF_1_0
    assert parse_requested_version("1.0.3") == RequestedVersion(
        LineId(1, 0), Version.parse("1.0.3")
    )


@pytest.mark.parametrize(
    ("header", "query", "ask"),
    [
        (None, None, None),
        ("1.0", None, OF_1_0),
        (None, "1.0", OF_1_0),
        ("1.0", "1.0", OF_1_0),
    ],
)
def test_header_and_query_say_the_same(header, query, ask):
    assert requested_version(header, query) == ask


def test_header_and_query_that_differ_are_refused():
    with pytest.raises(Refusal) as refused:
        requested_version("1.0", "1.0.0")
    assert (refused.value.status, refused.value.code) == (400, "version-conflict")


def test_an_empty_version_is_not_the_default_line():
    with pytest.raises(Refusal, match=r"'' is not an exact semantic version .* or a line"):
        requested_version(None, "")
