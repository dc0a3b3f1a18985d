"""The environment of a host."""

import pytest

from emulator.processes import host_process


def test_host_inherits_settings_of_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMULATOR_STOP_SECONDS", raising=False)
    monkeypatch.setenv("EMULATOR_VISIBILITY_SECONDS", "3")
    monkeypatch.setenv("EMULATOR_OWNER", "another")
    assert host_process.host_settings() == {"EMULATOR_VISIBILITY_SECONDS": "3"}
