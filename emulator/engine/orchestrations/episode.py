"""One episode of an orchestration, as pure steps: what it begins with, what its decisions become.

Events in, events and messages out. Nothing here waits, stores or sends.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from emulator.engine.messages.message_data import Address, Message
from emulator.engine.model import event, execution_ids
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


@dataclass(frozen=True, slots=True)
class Result:
    """What decisions became: events for the history, messages for others, and for an execution
    that continues as new the start of its successor and the events it has not read."""

    events: tuple[Event, ...]
    messages: tuple[Message, ...]
    successor: Event | None = None
    carryover: Sequence[Event] = ()


def opening(taken: Sequence[Event]) -> list[Event]:
    """The events that an episode begins with: a start comes first, whatever the order was."""
    first = sorted(taken, key=lambda e: e["EventType"] != EventType.ExecutionStarted)
    return [event.make(EventType.OrchestratorStarted), *first]


def reopening(successor: Event, carryover: Sequence[Event]) -> list[Event]:
    """The events that an execution begins with when its predecessor continued as new."""
    opened = event.make(EventType.OrchestratorStarted)
    return [opened, successor, *carryover, event.make(EventType.OrchestratorCompleted)]


def played(events: Sequence[Event]) -> tuple[Event, ...]:
    """Incoming events as the history keeps them once an episode has seen them."""
    return tuple(
        e if e["EventType"] == EventType.OrchestratorStarted else {**e, "IsPlayed": True}
        for e in events
    )


def closed(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events of an episode with the one that ends it."""
    if events[-1]["EventType"] == EventType.OrchestratorCompleted:
        return tuple(events)
    return (*events, event.make(EventType.OrchestratorCompleted))


def apply(decisions: Sequence[Decision], me: Address, so_far: Sequence[Event]) -> Result:
    """Turn decisions into events and messages. `so_far` are all events of this execution."""
    episode = sum(e["EventType"] == EventType.OrchestratorStarted for e in so_far)
    start = next(e for e in so_far if e["EventType"] == EventType.ExecutionStarted)
    events: list[Event] = []
    messages: list[Message] = []
    for decision in decisions:
        if isinstance(decision, Complete) and decision.status == "ContinuedAsNew":
            successor = _successor(decision, me, start)
            return Result((), tuple(messages), successor, decision.carryover)
        recorded, sent = _apply_one(decision, me, start)
        events.extend(recorded)
        messages.extend(Message(e, to, me, episode) for e, to in sent)
    return Result(tuple(events), tuple(messages))


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
        execution_id=execution_ids.derived(f"{me.execution_id}/{child.event_id}"),
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


def _successor(end: Complete, me: Address, start: Event) -> Event:
    return event.execution_started(
        instance_id=me.instance_id,
        execution_id=execution_ids.next_generation(me.execution_id or ""),
        name=start["Name"],
        version=end.new_version or start["Version"],
        input_=end.result,
        parent=start["ParentInstance"],
    )


def entity_start(instance_id: str, cause: str) -> Event:
    """The start of an entity that began because a signal came; `cause` tells starts apart."""
    return event.execution_started(
        instance_id=instance_id,
        execution_id=execution_ids.derived(cause),
        name=instance_id,
        version="",
        input_=None,
    )


def _names(holder: Event) -> dict[str, str]:
    instance = holder["OrchestrationInstance"]
    return {"instance_id": instance["InstanceId"], "execution_id": instance["ExecutionId"]}
