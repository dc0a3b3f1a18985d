"""Who looks after lines and starts goes on, whatever is wrong just now."""

import logging
from collections.abc import Callable
from typing import Any

import azure.durable_functions as df
import pytest

from router.domain.errors import Unreadable
from router.durable import activities, orchestrators
from router.settings import SettingsInvalid
from tests.fakes.router import NOON

WATCHING = (
    "check_line",
    "check_retention",
    "forward_parked_start",
    "deploy_package",
    "delete_rows",
)
ACTIVITIES = {
    builder._function.get_function_name(): builder._function.get_user_function()
    for builder in activities.bp._function_builders
    if builder._function.get_function_name() in WATCHING
}


def broken(error: Exception) -> Callable[[object], object]:
    def context(_: object) -> object:
        raise error

    return context


@pytest.mark.parametrize("name", WATCHING)
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SettingsInvalid(["ROUTER_LOCATION: must be set"]), "SettingsInvalid"),
        (Unreadable("the catalog"), "is retried later"),
        (KeyError("a-key-that-nobody-may-read"), "KeyError"),
    ],
)
async def test_what_may_be_mended_ends_nobody(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    error: Exception,
    told: str,
) -> None:
    monkeypatch.setattr(activities, "context", broken(error))
    monkeypatch.setattr(activities, "_retry_seconds", lambda: 7.0)
    with caplog.at_level(logging.WARNING):
        outcome = await ACTIVITIES[name].__wrapped__({}, None)  # below the SDK's own
    assert outcome == {"state": "waiting", "seconds": 7.0}
    assert told in caplog.text
    assert "nobody-may-read" not in caplog.text


def test_settings_that_cannot_be_used_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activities, "settings", lambda: broken(SettingsInvalid(["wrong"]))(None))
    assert activities._retry_seconds() == 60.0


class Context:
    """What an orchestrator asks of its context; calls are told by name."""

    current_utc_datetime = NOON

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self.continued: list[dict[str, Any]] = []

    def get_input(self) -> dict[str, Any]:
        return self.value

    def call_activity_with_retry(self, name: str, retry: df.RetryOptions, value: object) -> str:
        return name

    def create_timer(self, until: object) -> str:
        return "timer"

    def continue_as_new(self, value: dict[str, Any]) -> None:
        self.continued.append(value)


def test_an_operation_that_waits_begins_anew_so_that_its_history_stays_short() -> None:
    """A line may wait for days for a place."""
    context: Any = Context({"operation": "provision-1-0-1"})
    walk = user_function("run_operation")(context)
    assert next(walk) == "plan_operation"
    assert walk.send(["create_plan", "open_line"]) == "create_plan"
    assert walk.send({"state": "waiting", "seconds": 5}) == "timer"
    with pytest.raises(StopIteration):
        walk.send(None)
    assert context.continued == [{"operation": "provision-1-0-1"}]


def user_function(name: str) -> Any:
    """An orchestrator as it was written, below what the SDK puts around it."""
    return next(
        function.get_user_function().orchestrator_function
        for function in (each._function for each in orchestrators.bp._function_builders)
        if function.get_function_name() == name
    )
