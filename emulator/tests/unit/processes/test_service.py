"""The back-off of a service."""

from emulator.processes.service import delay_seconds


def test_delay_doubles_up_to_a_limit() -> None:
    waits = [delay_seconds(failures) for failures in (0, 1, 2, 3, 20)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 30.0]
