"""The stored status of a timer."""

import json
from datetime import UTC, datetime, timedelta

from emulator.host.triggers.schedule import parse
from emulator.host.triggers.timer_status import (
    NEVER,
    TimerStatus,
    after_run,
    at_start,
    is_past_due,
    status_of,
)

NOW = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)
EVERY_MINUTE = parse("0 * * * * *")


def test_new_timer_is_due_next_and_never_ran() -> None:
    status = at_start(EVERY_MINUTE, None, NOW)
    assert status == TimerStatus(NEVER, NOW + timedelta(seconds=30), NOW)
    assert not is_past_due(status, NOW)


def test_occurrence_while_no_host_ran_is_past_due() -> None:
    ran = after_run(EVERY_MINUTE, NOW - timedelta(minutes=5))
    assert at_start(EVERY_MINUTE, ran, NOW) == ran
    assert is_past_due(ran, NOW)


def test_missed_first_occurrence_is_past_due() -> None:
    first = at_start(EVERY_MINUTE, None, NOW - timedelta(minutes=5))
    assert is_past_due(at_start(EVERY_MINUTE, first, NOW), NOW)


def test_changed_schedule_begins_again() -> None:
    ran = after_run(parse("0 0 * * * *"), NOW - timedelta(hours=5))
    status = at_start(EVERY_MINUTE, ran, NOW)
    assert (status.last, is_past_due(status, NOW)) == (NEVER, False)


def test_status_survives_its_document() -> None:
    for status in (at_start(EVERY_MINUTE, None, NOW), after_run(EVERY_MINUTE, NOW)):
        assert status_of(json.dumps(status.document())) == status
    assert at_start(EVERY_MINUTE, None, NOW).document()["Last"] == "0001-01-01T00:00:00"
