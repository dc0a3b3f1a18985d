"""The API's view of a history."""

import pytest

from emulator.durable.api import history_view
from emulator.engine.model import event as events
from emulator.engine.model.executor import ScheduleTask

TASK = events.task_scheduled(ScheduleTask(0, "double", "", '["1"]'))
DONE = events.make(events.EventType.TaskCompleted, TaskScheduledId=0, Result="2")


def test_scheduled_event_is_merged_into_its_completion() -> None:
    assert history_view.view([TASK, DONE], with_output=True) == [
        {
            "EventType": "TaskCompleted",
            "Result": 2,
            "Timestamp": DONE["Timestamp"],
            "ScheduledTime": TASK["Timestamp"].replace("Z", "+00:00"),
            "FunctionName": "double",
            "Input": '["1"]',
        }
    ]


def test_results_are_omitted_by_default() -> None:
    (shown,) = history_view.view([TASK, DONE], with_output=False)
    assert "Result" not in shown


def test_pending_event_is_shown_alone() -> None:
    (shown,) = history_view.view([TASK], with_output=True)
    assert (shown["EventType"], shown["Name"]) == ("TaskScheduled", "double")


def test_duplicate_task_ids_raise_error() -> None:
    with pytest.raises(history_view.DuplicateKeyError, match="Key: TaskScheduled_0"):
        history_view.view([TASK, DONE, TASK], with_output=True)
