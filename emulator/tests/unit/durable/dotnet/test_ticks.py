"""Timestamps as .NET ticks."""

from emulator.durable.dotnet.ticks import MIN_TIME, to_text, to_ticks


def test_ticks_survive_round_trip() -> None:
    assert to_text(to_ticks("2026-11-22T05:52:57.0000001Z") + 1) == "2026-11-22T05:52:57.0000002"
    assert to_text(to_ticks("2026-11-22T05:52:57Z")) == "2026-11-22T05:52:57"
    assert to_ticks(MIN_TIME) == 0
