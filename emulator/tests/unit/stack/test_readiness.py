"""The reason of a process that did not become ready."""

from emulator.stack.readiness import reason_of_end

LOG = """2026-11-27T00:00:00.000Z info     Host.Startup it runs
2026-11-27T00:00:01.000Z error    Host ModuleNotFoundError: No module named 'x'
Traceback (most recent call last):
2026-11-27T00:00:01.001Z error    Host Exceeded language worker restart retry count
"""


def test_reason_of_end_precedes_the_end_in_the_log() -> None:
    assert reason_of_end(LOG) == "ModuleNotFoundError: No module named 'x'"


def test_end_may_have_no_reason() -> None:
    assert reason_of_end("") == "its host has ended"
