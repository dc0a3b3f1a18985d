"""NCRONTAB expressions and their next occurrences."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.host.triggers.ncrontab import InvalidExpressionError, parse

START = datetime(2026, 1, 30, 12, 34, 56, 789000, UTC)  # a Friday


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("* * * * * *", "2026-01-30T12:34:57"),
        ("0 */5 * * * *", "2026-01-30T12:35:00"),
        ("*/5 * * * *", "2026-01-30T12:35:00"),
        ("0 0 * * * *", "2026-01-30T13:00:00"),
        ("0 0 */2 * * *", "2026-01-30T14:00:00"),
        ("0 0 9-17 * * *", "2026-01-30T13:00:00"),
        ("0 30 9 * * *", "2026-01-31T09:30:00"),
        ("0 30 9 * * 1-5", "2026-02-02T09:30:00"),
        ("0 30 9 * Jan Mon", "2027-01-04T09:30:00"),
        ("0 0 0 29 2 *", "2028-02-29T00:00:00"),
        ("0 0 0 1 * sunday", "2026-02-01T00:00:00"),  # both, where cron takes either
        ("15,45 34 12 * * *", "2026-01-31T12:34:15"),
        ("0 50/4 * * * *", "2026-01-30T12:50:00"),
    ],
)
def test_next_occurrence(expression: str, expected: str) -> None:
    found = parse(expression).next_after(START)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_day_that_never_comes_has_no_occurrence() -> None:
    assert parse("0 0 0 30 2 *").next_after(START) is None


@pytest.mark.parametrize(
    "expression",
    [
        *("", "* * * *", "* * * * * * *", "60 * * * * *", "0 0 0 0 * *", "0 0 0 * * 7"),
        *("0 0 24 * * *", "a * * * * *", "*/0 * * * * *", "5-1 * * * * *", "* * * * * Foo"),
        *("1- * * * * *", "*/ * * * * *", "00:05:00", "-1 * * * * *"),
    ],
)
def test_invalid_expression_is_rejected(expression: str) -> None:
    with pytest.raises(InvalidExpressionError):
        parse(expression)


@given(st.datetimes(timezones=st.just(UTC), max_value=datetime(9000, 1, 1)), st.integers(1, 59))  # noqa: DTZ001
def test_occurrence_is_later_and_matches(moment: datetime, step: int) -> None:
    found = parse(f"0 */{step} * * * *").next_after(moment)
    assert found is not None
    assert found > moment
    assert (found.second, found.minute % step) == (0, 0)
