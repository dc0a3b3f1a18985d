"""The value that a timer passes, as the SDK reads it."""

from datetime import UTC, datetime

from azure.functions.timer import TimerRequestConverter

from emulator.host.triggers.schedule import parse
from emulator.host.triggers.timer import timer_value
from emulator.host.triggers.timer_status import after_run
from emulator.tests.unit.host.triggers.decoding import decoded

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_sdk_reads_what_a_timer_passes() -> None:
    schedule = parse("0 */5 * * * *")
    value = timer_value(schedule, after_run(schedule, NOON), past_due=True)
    found = decoded(TimerRequestConverter, value)
    assert found.past_due is True
    assert found.schedule == {"AdjustForDST": True}
    assert found.schedule_status["Next"] == "2026-01-01T12:05:00+00:00"


def test_timer_of_seconds_has_no_status() -> None:
    found = decoded(TimerRequestConverter, timer_value(parse("00:00:05"), None, past_due=False))
    assert (found.past_due, found.schedule_status) == (False, {})
