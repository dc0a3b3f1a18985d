"""Detects orchestrator code that no longer matches its history.

The texts are those of DurableTask.Core, which users search for. Those about activities are verified
against recordings of the real engine, the rarer ones follow its source.
"""

from typing import Any

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

PREFIX = "Non-Deterministic workflow detected: "
ADVICE = (
    "Was a change made to the orchestrator code after this instance had already started running?"
)
ACTION_NAMES: dict[type[Any], str] = {
    ScheduleTask: "ScheduleTaskOrchestratorAction",
    CreateTimer: "CreateTimerOrchestratorAction",
    StartChild: "CreateSubOrchestrationAction",
    SendEvent: "SendEventOrchestratorAction",
    Complete: "OrchestrationCompleteOrchestratorAction",
}


class NonDeterminismError(Exception):
    """The replay did not produce the actions that the history records."""

    def __init__(self, text: str) -> None:
        super().__init__(PREFIX + text)


def check(event: Event, decision: Decision | None) -> None:
    """Raise NonDeterminismError unless `decision` is what the event with its id records."""
    error = CHECKS[EventType(event["EventType"])](event, decision)
    if error:
        raise NonDeterminismError(error)


def _task(event: Event, decision: Decision | None) -> str | None:
    number, name = event["EventId"], event["Name"]
    prefix = "A previous execution of this orchestration scheduled an activity task with sequence"
    if decision is None:
        return (
            f"{prefix} ID {number} and name '{name}' (version '{event.get('Version') or ''}'), but "
            f"the current replay execution hasn't (yet?) scheduled this task. {ADVICE}"
        )
    if not isinstance(decision, ScheduleTask):
        return (
            f"{prefix} number {number} named '{name}', but the current orchestration replay "
            f"instead produced a {_kind(decision)} action with this sequence number. {ADVICE}"
        )
    if decision.name.lower() != name.lower():
        return (
            f"{prefix} number {number} named '{name}', but the current orchestration replay "
            f"instead scheduled an activity task named '{decision.name}' with this sequence "
            f"number.  {ADVICE}"
        )
    return None


def _timer(event: Event, decision: Decision | None) -> str | None:
    prefix = (
        "A previous execution of this orchestration scheduled a timer task with sequence number "
        f"{event['EventId']}"
    )
    if decision is None:
        return (
            f"{prefix} but the current replay execution hasn't (yet?) scheduled this task. {ADVICE}"
        )
    if not isinstance(decision, CreateTimer):
        return (
            f"{prefix} named but the current orchestration replay instead produced a "
            f"{_kind(decision)} action with this sequence number. {ADVICE}"
        )
    return None


def _child(event: Event, decision: Decision | None) -> str | None:
    prefix = (
        "A previous execution of this orchestration scheduled a sub-orchestration task with "
        f"sequence ID {event['EventId']} and name '{event['Name']}' (version "
        f"'{event.get('Version') or ''}', instance ID '{event['InstanceId']}'), but the current"
    )
    if decision is None:
        return f"{prefix} replay execution hasn't (yet?) scheduled this task. {ADVICE}"
    if not isinstance(decision, StartChild):
        return (
            f"{prefix} orchestration replay instead produced a {_kind(decision)} action at this "
            f"sequence number. {ADVICE}"
        )
    if decision.name.lower() != event["Name"].lower():
        return (
            f"{prefix} orchestration replay instead scheduled a sub-orchestration task with name "
            f"{decision.name} at this sequence number. {ADVICE}"
        )
    return None


def _sent(event: Event, decision: Decision | None) -> str | None:
    prefix = (
        "A previous execution of this orchestration scheduled a send event task with sequence ID "
        f"{event['EventId']}, type 'EventSent' name '{event['Name']}', instance ID "
        f"'{event['InstanceId']}', but the current"
    )
    if decision is None:
        return f"{prefix} replay execution hasn't (yet?) scheduled this task. {ADVICE}"
    if not isinstance(decision, SendEvent):
        return (
            f"{prefix} orchestration replay instead scheduled a {_kind(decision)} task at this "
            f"sequence number. {ADVICE}"
        )
    if decision.name.lower() != event["Name"].lower():
        return (
            f"{prefix} orchestration replay instead scheduled a send event task with name "
            f"{decision.name}at this sequence number. {ADVICE}"
        )
    return None


def _kind(decision: Decision) -> str:
    return ACTION_NAMES[type(decision)]


CHECKS = {
    EventType.TaskScheduled: _task,
    EventType.TimerCreated: _timer,
    EventType.SubOrchestrationInstanceCreated: _child,
    EventType.EventSent: _sent,
}
