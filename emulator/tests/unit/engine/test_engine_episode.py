"""What decisions become: events and messages."""

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


def so_far(parent: dict[str, Any] | None = None) -> list[Event]:
    begun = event.execution_started(
        instance_id="i", execution_id="e1", name="f", version="1", input_="7", parent=parent
    )
    return [event.make(EventType.OrchestratorStarted), begun]


def timeless(content: Event) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "Timestamp"}


def test_an_activity_is_recorded_and_sent_to_the_workers() -> None:
    result = episode.apply_decisions([ScheduleTask(0, "a", "", "[1]")], ME, so_far())
    [recorded], [sent] = result.events, result.messages
    assert recorded is sent.event
    assert timeless(recorded) == {
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


def test_a_timer_is_recorded_and_its_end_is_sent_to_oneself() -> None:
    at = datetime(2026, 11, 22, 5, 0, 0, 123456, UTC)
    result = episode.apply_decisions([CreateTimer(3, at)], ME, so_far())
    [recorded], [sent] = result.events, result.messages
    text = "2026-11-22T05:00:00.1234560Z"
    assert (recorded["EventType"], recorded["EventId"], recorded["FireAt"]) == (10, 3, text)
    assert (sent.event["EventType"], sent.event["TimerId"], sent.event["FireAt"]) == (11, 3, text)
    assert sent.target == ME


def test_an_event_is_recorded_and_sent_to_whatever_runs_under_that_id() -> None:
    result = episode.apply_decisions([SendEvent(0, "other", "item", "1")], ME, so_far())
    [recorded], [sent] = result.events, result.messages
    assert (recorded["EventType"], recorded["InstanceId"], recorded["Name"]) == (
        14,
        "other",
        "item",
    )
    assert (sent.event["EventType"], sent.event["Input"]) == (15, "1")
    assert sent.target == Address("other", None)


def test_a_child_started_twice_is_the_same_execution() -> None:
    child: list[Decision] = [StartChild(2, "g", None, "c", "5")]
    [once], [again] = (episode.apply_decisions(child, ME, so_far()).messages for _ in range(2))
    assert once.target == again.target == Address("c", once.target.execution_id)
    assert once.event["ParentInstance"] == {
        "Name": "f",
        "OrchestrationInstance": {"InstanceId": "i", "ExecutionId": "e1"},
        "TaskScheduleId": 2,
        "Version": "1",
    }


def test_the_end_of_a_child_is_told_to_its_parent() -> None:
    for status, kind in (("Completed", 8), ("Failed", 9), ("Terminated", 9)):
        result = episode.apply_decisions([Complete(1, status, "out")], ME, so_far(PARENT))
        [recorded], [told] = result.events, result.messages
        assert (recorded["EventType"], recorded["OrchestrationStatus"]) == (1, status)
        assert (told.event["EventType"], told.event["TaskScheduledId"]) == (kind, 4)
        assert told.target == Address("parent", "pe")


def test_the_end_of_nobodys_child_is_told_to_nobody() -> None:
    result = episode.apply_decisions([Complete(1, "Completed", "out")], ME, so_far())
    assert [e["EventType"] for e in result.events] == [1]
    assert result.messages == ()


def test_who_continues_as_new_leaves_no_history_and_still_sends_what_it_decided() -> None:
    unread = event.event_raised("item", "1")
    decisions: list[Decision] = [
        SendEvent(0, "other", "item", "1"),
        Complete(1, "ContinuedAsNew", "8", carryover=(unread,)),
    ]
    result = episode.apply_decisions(decisions, ME, so_far(PARENT))
    assert result.events == ()
    assert [m.target.instance_id for m in result.messages] == ["other"]
    assert result.successor is not None
    assert timeless(result.successor) | {"OrchestrationInstance": None} == {
        **timeless(so_far(PARENT)[1]),
        "Input": "8",
        "OrchestrationInstance": None,
    }
    opened = episode.continued_events(result.successor, result.carryover)
    assert [e["EventType"] for e in opened] == [12, 0, 15, 13]


def test_a_start_comes_first_whatever_the_order_was() -> None:
    raised, begun = event.event_raised("item", "1"), so_far()[1]
    opened = episode.initial_events([raised, begun])
    assert [e["EventType"] for e in opened] == [12, 0, 15]


def test_what_an_episode_saw_is_played_but_for_its_own_beginning() -> None:
    seen = episode.as_played(so_far())
    assert [e["IsPlayed"] for e in seen] == [False, True]
