"""Schedules: expressions, time spans, and neither."""

from datetime import UTC, datetime, timedelta

import pytest

from emulator.host.triggers.schedule import InvalidScheduleError, is_monitored, parse

NOW = datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds", "adjusts"),
    [
        ("0 * * * * *", 30, True),
        ("00:00:10", 10, False),
        ("1.00:00:00", 86400, False),
        ("00:05", 300, False),
    ],
)
def test_schedule_of_a_text(text: str, seconds: int, *, adjusts: bool) -> None:
    schedule = parse(text)
    assert schedule.next_after(NOW) == NOW + timedelta(seconds=seconds)
    assert schedule.adjusts_for_dst is adjusts


@pytest.mark.parametrize("text", ["", "daily", "00:00:00", "* * *"])
def test_other_text_is_rejected(text: str) -> None:
    with pytest.raises(InvalidScheduleError, match="was not recognized as a valid cron expression"):
        parse(text)


def test_only_schedules_of_a_minute_or_more_are_monitored() -> None:
    monitored = [is_monitored(parse(text), NOW) for text in ("0 * * * * *", "00:01:00")]
    assert monitored == [True, True]
    assert not is_monitored(parse("*/30 * * * * *"), NOW)
    assert not is_monitored(parse("00:00:59"), NOW)
