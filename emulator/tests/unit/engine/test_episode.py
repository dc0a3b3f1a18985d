"""Decisions are turned into events and messages."""

from datetime import UTC, datetime
from typing import Any

from emulator.engine.messages.message_data import Address
from emulator.engine.model import event
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import (
    Complete,
    CreateTimer,
    Decision,
    Event,
    ScheduleTask,
    SendEvent,
    StartChild,
)
from emulator.engine.orchestrations import episode

ME = Address("i", "e1")
PARENT = {
    "Name": "p",
    "OrchestrationInstance": {"InstanceId": "parent", "ExecutionId": "pe"},
    "TaskScheduleId": 4,
    "Version": "1",
}


def history(parent: dict[str, Any] | None = None) -> list[Event]:
    start = event.execution_started(
        instance_id="i", execution_id="e1", name="f", version="1", input_="7", parent=parent
    )
    return [event.make(EventType.OrchestratorStarted), start]


def without_timestamp(content: Event) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "Timestamp"}


def test_activity_is_recorded_and_sent_to_workers() -> None:
    result = episode.apply_decisions([ScheduleTask(0, "a", "", "[1]")], ME, history())
    [recorded], [sent] = result.events, result.messages
    assert recorded is sent.event
    assert without_timestamp(recorded) == {
        "EventType": 4,
        "Name": "a",
        "Version": "",
        "Input": "[1]",
        "ParentTraceContext": None,
        "Tags": None,
        "EventId": 0,
        "IsPlayed": False,
    }
    assert (sent.target, sent.sender, sent.episode) == (ME, ME, 1)


def test_timer_is_recorded_and_its_firing_sent_to_same_execution() -> None:
    at = datetime(2026, 11, 22, 5, 0, 0, 123456, UTC)
    result = episode.apply_decisions([CreateTimer(3, at)], ME, history())
    [recorded], [sent] = result.events, result.messages
    text = "2026-11-22T05:00:00.1234560Z"
    assert (recorded["EventType"], recorded["EventId"], recorded["FireAt"]) == (10, 3, text)
    assert (sent.event["EventType"], sent.event["TimerId"], sent.event["FireAt"]) == (11, 3, text)
    assert sent.target == ME


def test_event_is_recorded_and_sent_to_any_execution_of_the_id() -> None:
    result = episode.apply_decisions([SendEvent(0, "other", "item", "1")], ME, history())
    [recorded], [sent] = result.events, result.messages
    assert (recorded["EventType"], recorded["InstanceId"], recorded["Name"]) == (
        14,
        "other",
        "item",
    )
    assert (sent.event["EventType"], sent.event["Input"]) == (15, "1")
    assert sent.target == Address("other", None)


def test_child_started_twice_is_the_same_execution() -> None:
    child: list[Decision] = [StartChild(2, "g", None, "c", "5")]
    [once], [again] = (episode.apply_decisions(child, ME, history()).messages for _ in range(2))
    assert once.target == again.target == Address("c", once.target.execution_id)
    assert once.event["ParentInstance"] == {
        "Name": "f",
        "OrchestrationInstance": {"InstanceId": "i", "ExecutionId": "e1"},
        "TaskScheduleId": 2,
        "Version": "1",
    }


def test_completion_of_child_is_sent_to_parent() -> None:
    for status, kind in (("Completed", 8), ("Failed", 9), ("Terminated", 9)):
        result = episode.apply_decisions([Complete(1, status, "out")], ME, history(PARENT))
        [recorded], [completion] = result.events, result.messages
        assert (recorded["EventType"], recorded["OrchestrationStatus"]) == (1, status)
        assert (completion.event["EventType"], completion.event["TaskScheduledId"]) == (kind, 4)
        assert completion.target == Address("parent", "pe")


def test_completion_without_parent_sends_no_message() -> None:
    result = episode.apply_decisions([Complete(1, "Completed", "out")], ME, history())
    assert [e["EventType"] for e in result.events] == [1]
    assert result.messages == ()


def test_continue_as_new_keeps_messages_but_no_history() -> None:
    unprocessed = event.event_raised("item", "1")
    decisions: list[Decision] = [
        SendEvent(0, "other", "item", "1"),
        Complete(1, "ContinuedAsNew", "8", carryover=(unprocessed,)),
    ]
    result = episode.apply_decisions(decisions, ME, history(PARENT))
    assert result.events == ()
    assert [m.target.instance_id for m in result.messages] == ["other"]
    assert result.successor is not None
    assert without_timestamp(result.successor) | {"OrchestrationInstance": None} == {
        **without_timestamp(history(PARENT)[1]),
        "Input": "8",
        "OrchestrationInstance": None,
    }
    events = episode.continued_events(result.successor, result.carryover)
    assert [e["EventType"] for e in events] == [12, 0, 15, 13]


def test_start_comes_first_in_episode() -> None:
    raised, start = event.event_raised("item", "1"), history()[1]
    events = episode.initial_events([raised, start])
    assert [e["EventType"] for e in events] == [12, 0, 15]


def test_processed_events_are_marked_played() -> None:
    played = episode.as_played(history())
    assert [e["IsPlayed"] for e in played] == [False, True]
