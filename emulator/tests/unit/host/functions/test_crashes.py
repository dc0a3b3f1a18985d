"""The limit of a worker's crashes."""

from emulator.host.functions.crashes import WINDOW_SECONDS, Crashes


def test_third_crash_within_the_window_is_too_many() -> None:
    crashes = Crashes()
    assert [crashes.too_many(time) for time in (0.0, 1.0, 2.0)] == [False, False, True]


def test_crashes_before_the_window_do_not_count() -> None:
    crashes = Crashes()
    times = (0.0, 1.0, WINDOW_SECONDS + 1, WINDOW_SECONDS + 2, WINDOW_SECONDS + 3)
    assert [crashes.too_many(time) for time in times] == [False, False, False, False, True]
