"""One episode of an orchestration, as pure steps: what it begins with, what its decisions become.

Events in, events and messages out. Nothing here waits, stores or sends.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from emulator.engine import event
from emulator.engine.envelope import Address, Message
from emulator.engine.event import EventType
from emulator.engine.turn import (
    Complete,
    CreateTimer,
    Decision,
    Event,
    ScheduleTask,
    SendEvent,
    StartChild,
)

_NAMESPACE = uuid.UUID("5f0c2c9e-6f0e-4d0c-9a3b-6a2f6f2c7f11")
_FRAME = frozenset({EventType.OrchestratorStarted, EventType.OrchestratorCompleted})


@dataclass(frozen=True, slots=True)
class Result:
    """What decisions became: events for the history, messages for others, and the end if any."""

    events: tuple[Event, ...]
    messages: tuple[Message, ...]
    end: Complete | None


def opening(taken: Sequence[Event]) -> list[Event]:
    """The events that an episode begins with: a start comes first, whatever the order was."""
    first = sorted(taken, key=lambda e: e["EventType"] != EventType.ExecutionStarted)
    return [event.make(EventType.OrchestratorStarted), *first]


def played(events: Sequence[Event]) -> tuple[Event, ...]:
    """Incoming events as the history keeps them once an episode has seen them."""
    return tuple(
        e if e["EventType"] == EventType.OrchestratorStarted else {**e, "IsPlayed": True}
        for e in events
    )


def visible(past: Sequence[Event], new: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """Past and new as the code sees them: what came while suspended comes after the resume."""
    shown: tuple[list[Event], list[Event]] = ([], [])
    held: list[Event] | None = None
    for target, events in zip(shown, (past, new), strict=True):
        for e in events:
            if e["EventType"] == EventType.ExecutionResumed:
                target.extend([e, *(held or [])])
                held = None
            elif held is None or e["EventType"] in _FRAME:
                target.append(e)
                held = [] if e["EventType"] == EventType.ExecutionSuspended else held
            else:
                held.append(e)
    return shown


def asks_for_code(shown: Sequence[Event]) -> bool:
    """Whether new events, as the code sees them, give it anything to do."""
    silent = {*_FRAME, EventType.ExecutionSuspended}
    return any(e["EventType"] not in silent for e in shown)


def termination(past: Sequence[Event], new: Sequence[Event]) -> Complete | None:
    """The end that a terminate among the new events makes, without asking the code."""
    for e in new:
        if e["EventType"] == EventType.ExecutionTerminated:
            ids = [x["EventId"] for x in past]
            return Complete(max(ids, default=-1) + 1, "Terminated", e["Input"])
    return None


def apply(decisions: Sequence[Decision], me: Address, all_events: Sequence[Event]) -> Result:
    """Turn decisions into events and messages. `all_events` hold this execution's start."""
    episode = sum(e["EventType"] == EventType.OrchestratorStarted for e in all_events)
    start = next(e for e in all_events if e["EventType"] == EventType.ExecutionStarted)
    events: list[Event] = []
    messages: list[Message] = []
    end = None
    for decision in decisions:
        if isinstance(decision, Complete):
            end = decision
        recorded, sent = _apply_one(decision, me, start)
        events.extend(recorded)
        messages.extend(Message(e, to, me, episode) for e, to in sent)
    return Result(tuple(events), tuple(messages), end)


_Effect = tuple[list[Event], list[tuple[Event, Address]]]


def _apply_one(decision: Decision, me: Address, start: Event) -> _Effect:
    match decision:
        case ScheduleTask():
            task = event.task_scheduled(decision)
            return [task], [(task, me)]
        case CreateTimer():
            return [event.timer_created(decision)], [(event.timer_fired(decision), me)]
        case StartChild():
            child = _child_start(decision, me, start)
            return [event.child_created(decision)], [(child, Address(**_names(child)))]
        case SendEvent():
            raised = event.event_raised(decision.name, decision.input)
            return [event.event_sent(decision)], [(raised, Address(decision.instance_id, None))]
        case Complete():
            return _ended(decision, start)


def _ended(done: Complete, start: Event) -> _Effect:
    if done.status == "ContinuedAsNew":
        return [], []
    recorded: list[Event] = [event.execution_completed(done)]
    parent = start["ParentInstance"]
    if not parent:
        return recorded, []
    told = event.child_ended(parent["TaskScheduleId"], done)
    return recorded, [(told, Address(**_names(parent)))]


def _child_start(child: StartChild, me: Address, start: Event) -> Event:
    # The execution id follows from the parent's, so that a step done twice after a crash starts
    # the same execution, which the child recognizes as one.
    return event.execution_started(
        instance_id=child.instance_id,
        execution_id=_derived(f"{me.execution_id}/{child.event_id}"),
        name=child.name,
        version=child.version,
        input_=child.input,
        parent={
            "Name": start["Name"],
            "OrchestrationInstance": {
                "InstanceId": me.instance_id,
                "ExecutionId": me.execution_id,
            },
            "TaskScheduleId": child.event_id,
            "Version": start["Version"],
        },
    )


def next_generation(end: Complete, me: Address, start: Event) -> Event:
    """The start of the execution that continues this one as new."""
    return {
        **event.execution_started(
            instance_id=me.instance_id,
            execution_id=_derived(f"{me.execution_id}/next"),
            name=start["Name"],
            version=end.new_version or start["Version"],
            input_=end.result,
            parent=start["ParentInstance"],
        )
    }


def entity_start(instance_id: str, cause: str) -> Event:
    """The start of an entity that began because a signal came; `cause` tells starts apart."""
    return event.execution_started(
        instance_id=instance_id,
        execution_id=_derived(cause),
        name=instance_id,
        version="",
        input_=None,
    )


def _names(holder: Event) -> dict[str, str]:
    instance = holder["OrchestrationInstance"]
    return {"instance_id": instance["InstanceId"], "execution_id": instance["ExecutionId"]}


def _derived(cause: str) -> str:
    return uuid.uuid5(_NAMESPACE, cause).hex
