"""Listeners that work are counted as busy."""

from emulator.host.triggers.activity import Activity


def test_host_is_not_idle_while_a_function_runs() -> None:
    activity = Activity()
    with activity.busy():
        assert activity.idle_seconds() == 0
    first = activity.idle_seconds()
    assert 0 <= first <= activity.idle_seconds()
