"""One episode of an orchestration as pure functions from events and decisions to results."""

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
class AppliedDecisions:
    """Events for the history and messages to send.

    An execution that continues as new also has the start of its successor and its unprocessed
    events.
    """

    events: tuple[Event, ...]
    messages: tuple[Message, ...]
    successor: Event | None = None
    carryover: Sequence[Event] = ()


def initial_events(received: Sequence[Event]) -> list[Event]:
    """Return the events that begin an episode, with the start first."""
    first = sorted(received, key=lambda e: e["EventType"] != EventType.ExecutionStarted)
    return [event.make(EventType.OrchestratorStarted), *first]


def continued_events(successor: Event, carryover: Sequence[Event]) -> list[Event]:
    """Return the events that begin an execution whose predecessor continued as new."""
    started = event.make(EventType.OrchestratorStarted)
    return [started, successor, *carryover, event.make(EventType.OrchestratorCompleted)]


def as_played(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return incoming events as the history stores them after an episode has processed them."""
    return tuple(
        e if e["EventType"] == EventType.OrchestratorStarted else {**e, "IsPlayed": True}
        for e in events
    )


def with_completion(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events of an episode including its OrchestratorCompleted event."""
    if events[-1]["EventType"] == EventType.OrchestratorCompleted:
        return tuple(events)
    return (*events, event.make(EventType.OrchestratorCompleted))


def apply_decisions(
    decisions: Sequence[Decision], me: Address, history: Sequence[Event]
) -> AppliedDecisions:
    """Turn decisions into events and messages, given all events of this execution."""
    episode = sum(e["EventType"] == EventType.OrchestratorStarted for e in history)
    start = next(e for e in history if e["EventType"] == EventType.ExecutionStarted)
    events: list[Event] = []
    messages: list[Message] = []
    for decision in decisions:
        if isinstance(decision, Complete) and decision.status == "ContinuedAsNew":
            successor = _successor(decision, me, start)
            return AppliedDecisions((), tuple(messages), successor, decision.carryover)
        recorded, sent = _apply_one(decision, me, start)
        events.extend(recorded)
        messages.extend(Message(e, to, me, episode) for e, to in sent)
    return AppliedDecisions(tuple(events), tuple(messages))


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
            return [event.child_created(decision)], [(child, _address(child))]
        case SendEvent():
            raised = event.event_raised(decision.name, decision.input)
            return [event.event_sent(decision)], [(raised, Address(decision.instance_id, None))]
        case Complete():
            return _complete(decision, start)


def _complete(done: Complete, start: Event) -> _Effect:
    recorded: list[Event] = [event.execution_completed(done)]
    parent = start["ParentInstance"]
    if not parent:
        return recorded, []
    ended = event.child_ended(parent["TaskScheduleId"], done)
    return recorded, [(ended, _address(parent))]


def _child_start(child: StartChild, me: Address, start: Event) -> Event:
    # The execution id is derived from the parent's, so that repeating the step after a crash
    # starts the same execution and the duplicate is discarded.
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
    """Return the start of an entity triggered by the signal that `cause` identifies."""
    return event.execution_started(
        instance_id=instance_id,
        execution_id=execution_ids.derived(cause),
        name=instance_id,
        version="",
        input_=None,
    )


def _address(holder: Event) -> Address:
    instance = holder["OrchestrationInstance"]
    return Address(instance["InstanceId"], instance["ExecutionId"])
