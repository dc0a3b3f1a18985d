"""Versions: how they are parsed, refused and ordered."""

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
def test_exact_version_is_parsed(text: str) -> None:
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
def test_other_version_is_refused_with_the_expected_form(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_version(text)
    assert (refused.value.status, refused.value.code) == (400, "bad-version")
    assert "an exact semantic version such as 1.0.3" in refused.value.detail
    assert len(refused.value.detail) < 200


@given(numbers, numbers)
def test_line_round_trips_as_text(major: int, minor: int) -> None:
    line = LineId(major, minor)
    assert parse_line(str(line)) == line
    assert line.dashed == f"{major}-{minor}"


@pytest.mark.parametrize(
    "text", ["", "1", "1.0.0", "01.0", "1.1000000000", "1.0 ", "-1.0", "1.0\n", "1.1\u0661"]
)
def test_malformed_line_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="a line such as 1"):
        parse_line(text)


def test_lines_order_numerically() -> None:
    assert LineId(1, 9) < LineId(1, 10) < LineId(2, 0)


def test_line_of_a_version_ignores_its_patch() -> None:
    assert LineId.of(Version.parse("1.2.3-rc.1")) == LineId(1, 2)


def test_request_names_a_line_or_an_exact_version() -> None:
    assert parse_requested_version("1.0") == OF_1_0
    assert parse_requested_version("1.0.3") == RequestedVersion(
        LineId(1, 0), Version.parse("1.0.3")
    )


@pytest.mark.parametrize(
    ("header", "query", "requested"),
    [
        (None, None, None),
        ("1.0", None, OF_1_0),
        (None, "1.0", OF_1_0),
        ("1.0", "1.0", OF_1_0),
    ],
)
def test_version_is_taken_from_header_or_query(
    header: str | None, query: str | None, requested: RequestedVersion | None
) -> None:
    assert requested_version(header, query) == requested


def test_different_header_and_query_are_refused() -> None:
    with pytest.raises(Refusal) as refused:
        requested_version("1.0", "1.0.0")
    assert (refused.value.status, refused.value.code) == (400, "version-conflict")


def test_empty_version_is_refused() -> None:
    with pytest.raises(Refusal, match=r"'' is not an exact semantic version .* or a line"):
        requested_version(None, "")
