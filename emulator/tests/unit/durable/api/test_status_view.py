"""The API's view of an instance."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from emulator.durable.api import status_view
from emulator.engine.model.instance import Instance

NOW = datetime(2026, 11, 22, 5, 52, 57, 999999, tzinfo=UTC)
INSTANCE = Instance(
    instance_id="i",
    execution_id="e",
    name="f",
    version="1.0",
    runtime_status="Running",
    input='{"a": 1}',
    output=None,
    custom_status="null",
    created_at=NOW,
    last_updated_at=NOW,
    completed_at=None,
    scheduled_start_at=None,
    generation=0,
    task_hub="Hub",
)


def test_status_has_json_values_and_times_in_seconds() -> None:
    assert status_view.view(INSTANCE) == {
        "name": "f",
        "version": "1.0",
        "instanceId": "i",
        "runtimeStatus": "Running",
        "input": {"a": 1},
        "customStatus": None,
        "output": None,
        "createdTime": "2026-11-22T05:52:57Z",
        "lastUpdatedTime": "2026-11-22T05:52:57Z",
    }


def test_output_that_is_not_json_is_shown_as_text() -> None:
    instance = replace(INSTANCE, runtime_status="Terminated", output="no longer needed")
    assert status_view.view(instance, show_input=False)["output"] == "no longer needed"
    assert status_view.view(instance, show_input=False)["input"] is None


@pytest.mark.parametrize(
    ("status", "as_error", "code"),
    [
        ("Pending", False, 202),
        ("Suspended", True, 202),
        ("Completed", True, 200),
        ("Terminated", False, 200),
        ("Failed", False, 200),
        ("Failed", True, 500),
    ],
)
def test_code_depends_on_status(status: str, as_error: bool, code: int) -> None:
    instance = replace(INSTANCE, runtime_status=status)
    assert status_view.code(instance, failure_is_error=as_error) == code
