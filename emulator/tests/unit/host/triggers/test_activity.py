"""Listeners that work are counted as busy."""

from datetime import UTC, datetime, timedelta

from emulator.host.triggers.activity import SOON, Activity


def test_host_is_not_idle_while_a_function_runs() -> None:
    activity = Activity()
    with activity.busy():
        assert activity.idle_seconds() == 0
    first = activity.idle_seconds()
    assert 0 <= first <= activity.idle_seconds()


def test_host_is_not_idle_while_a_timer_is_due_soon() -> None:
    activity, now = Activity(), datetime.now(UTC)
    activity.expect("timer", now + SOON / 2)
    assert activity.idle_seconds() == 0
    activity.expect("timer", now + SOON + timedelta(minutes=1))
    assert activity.idle_seconds() > 0
