"""The instances of the router that a local run starts."""

import pytest

from emulator.processes.host_process import Role
from emulator.stack.router_settings import roles


def test_one_instance_runs_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMULATOR_ROUTERS", raising=False)
    assert roles() == {"router": Role.ALL}


def test_instances_have_the_roles_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_ROUTERS", "http, durable")
    assert roles() == {"router": Role.HTTP, "router-2": Role.DURABLE}


def test_unknown_role_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_ROUTERS", "everything")
    with pytest.raises(ValueError, match="everything"):
        roles()
