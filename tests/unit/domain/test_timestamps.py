"""Timestamps are formatted in UTC, whatever time zone they are in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from router.domain.timestamps import human_readable, rfc3339, rfc3339_seconds

HALF_PAST = datetime(2026, 11, 22, 14, 30, 0, 500_000, tzinfo=timezone(timedelta(hours=2)))


def test_formats_convert_to_utc() -> None:
    assert rfc3339(HALF_PAST) == "2026-11-22T12:30:00.5Z"
    assert rfc3339_seconds(HALF_PAST) == "2026-11-22T12:30:00Z"
    assert human_readable(HALF_PAST) == "2026-11-22 12:30:00 UTC"


@pytest.mark.parametrize("microsecond", [0, 1, 100, 120_000, 999_999])
def test_rfc3339_keeps_all_digits(microsecond: int) -> None:
    at = datetime(2026, 11, 20, 10, 20, 30, microsecond, tzinfo=UTC)
    assert datetime.fromisoformat(rfc3339(at)) == at
