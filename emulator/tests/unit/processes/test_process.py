"""The environment of the emulator's processes."""

from pathlib import Path

import pytest

from emulator.processes.process import Command, environment


def test_processes_inherit_settings_of_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_VISIBILITY_SECONDS", "3")
    monkeypatch.setenv("EMULATOR_OWNER", "another")
    monkeypatch.setenv("SECRET", "not inherited")
    mine = Path("/mine")
    found = environment(Command(mine, "router", (), {"NAME": "value"}, mine, mine / "log"))
    assert found["EMULATOR_VISIBILITY_SECONDS"] == "3"
    assert (found["NAME"], found["EMULATOR_OWNER"]) == ("value", "/mine")
    assert "SECRET" not in found
