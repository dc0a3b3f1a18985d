"""Activities that must not fail return "waiting", so that their orchestrators repeat them."""

import logging
import os
from collections.abc import Iterator
from typing import Any

import azure.functions as func
import pytest

from router.bootstrap import settings
from router.domain.errors import Unreadable
from router.durable import activities
from tests.fakes.router import SETTINGS

NEVER_FAILING = (
    "check_line",
    "check_retention",
    "forward_parked_start",
    "deploy_package",
    "delete_rows",
)
REGISTERED = func.FunctionApp()
REGISTERED.register_functions(activities.bp)
# Below the SDK's own wrapper, which makes the Durable client.
ACTIVITIES: dict[str | None, Any] = {
    function.get_function_name(): vars(function.get_user_function())["__wrapped__"]
    for function in REGISTERED.get_functions()
}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in os.environ:
        if name.startswith("ROUTER_"):
            monkeypatch.delenv(name)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize("name", NEVER_FAILING)
async def test_activity_waits_while_the_settings_are_invalid(
    caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with caplog.at_level(logging.WARNING):
        assert await ACTIVITIES[name]({}, None) == {"state": "waiting", "seconds": 60.0}
    assert "SettingsInvalid" in caplog.text


@pytest.mark.parametrize(
    ("error", "logged"),
    [(Unreadable("the catalog"), "is retried later"), (KeyError("a-secret-key"), "KeyError")],
)
async def test_failing_activity_waits_and_logs_no_secret(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, logged: str
) -> None:
    for name, value in {**SETTINGS, "ROUTER_MONITOR_SECONDS": "7"}.items():
        monkeypatch.setenv(name, value)

    @activities.never_failing
    async def failing() -> dict[str, Any]:
        raise error

    with caplog.at_level(logging.WARNING):
        assert await failing() == {"state": "waiting", "seconds": 7.0}
    assert logged in caplog.text
    assert "secret" not in caplog.text
