"""What the API shows: statuses and histories."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from emulator.durable.api import history_view, status_view
from emulator.engine.model import event as events
from emulator.engine.model.executor import ScheduleTask
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
TASK = events.task_scheduled(ScheduleTask(0, "double", "", '["1"]'))
DONE = events.make(events.EventType.TaskCompleted, TaskScheduledId=0, Result="2")


def test_a_status_shows_values_as_they_are_and_times_to_the_second() -> None:
    assert status_view.view(INSTANCE) == {
        "name": "f",
        "instanceId": "i",
        "runtimeStatus": "Running",
        "input": {"a": 1},
        "customStatus": None,
        "output": None,
        "createdTime": "2026-11-22T05:52:57Z",
        "lastUpdatedTime": "2026-11-22T05:52:57Z",
    }


def test_an_output_that_is_not_json_is_shown_as_text() -> None:
    told = replace(INSTANCE, runtime_status="Terminated", output="no longer needed")
    assert status_view.view(told, show_input=False)["output"] == "no longer needed"
    assert status_view.view(told, show_input=False)["input"] is None


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
def test_the_code_tells_whether_it_has_ended(status: str, as_error: bool, code: int) -> None:
    told = replace(INSTANCE, runtime_status=status)
    assert status_view.code(told, failure_is_error=as_error) == code


def test_what_was_scheduled_is_told_with_its_end() -> None:
    assert history_view.view([TASK, DONE], with_output=True) == [
        {
            "EventType": "TaskCompleted",
            "Result": 2,
            "Timestamp": DONE["Timestamp"],
            "ScheduledTime": TASK["Timestamp"],
            "FunctionName": "double",
            "Input": '["1"]',
        }
    ]


def test_results_are_left_out_unless_asked_for() -> None:
    (shown,) = history_view.view([TASK, DONE], with_output=False)
    assert "Result" not in shown


def test_what_has_not_ended_is_told_alone() -> None:
    (shown,) = history_view.view([TASK], with_output=True)
    assert (shown["EventType"], shown["Name"]) == ("TaskScheduled", "double")


def test_two_tasks_of_one_id_cannot_be_shown() -> None:
    with pytest.raises(history_view.DuplicateKeyError, match="Key: TaskScheduled_0"):
        history_view.view([TASK, DONE, TASK], with_output=True)
