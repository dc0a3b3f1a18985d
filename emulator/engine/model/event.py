"""History events: their types and constructors.

The field order is that of the recorded messages. An event is a plain mapping (see `executor.Event`)
with the field names used here.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from emulator.engine.model import timestamps
from emulator.engine.model.executor import (
    Complete,
    CreateTimer,
    Event,
    ScheduleTask,
    SendEvent,
    StartChild,
)


class EventType(IntEnum):
    """The numbers of DurableTask.Core, with the names of the History table's EventType column."""

    ExecutionStarted = 0
    ExecutionCompleted = 1
    ExecutionFailed = 2
    ExecutionTerminated = 3
    TaskScheduled = 4
    TaskCompleted = 5
    TaskFailed = 6
    SubOrchestrationInstanceCreated = 7
    SubOrchestrationInstanceCompleted = 8
    SubOrchestrationInstanceFailed = 9
    TimerCreated = 10
    TimerFired = 11
    OrchestratorStarted = 12
    OrchestratorCompleted = 13
    EventSent = 14
    EventRaised = 15
    ContinueAsNew = 16
    GenericEvent = 17
    HistoryState = 18
    ExecutionSuspended = 19
    ExecutionResumed = 20


SCHEDULING = frozenset(
    {EventType.TaskScheduled, EventType.SubOrchestrationInstanceCreated, EventType.TimerCreated}
)


def answered_id(event: Event) -> int | None:
    """Return the EventId of the activity, timer or child that this event completes, or None."""
    answered = event.get("TaskScheduledId", event.get("TimerId"))
    return None if event["EventType"] == EventType.GenericEvent else answered


def make(kind: EventType, event_id: int = -1, /, **fields: Any) -> dict[str, Any]:
    """Return an event of the given type, timestamped now."""
    tail = {"EventId": event_id, "IsPlayed": False, "Timestamp": timestamps.now()}
    return {"EventType": int(kind), **fields, **tail}


def execution_started(  # noqa: PLR0913 - the fields of a start
    *,
    instance_id: str,
    execution_id: str,
    name: str,
    version: str | None,
    input_: str | None,
    parent: Mapping[str, Any] | None = None,
    scheduled_at: str | None = None,
    generation: int | None = None,
    tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the start of an execution, without `generation` for children and later generations."""
    return {
        "OrchestrationInstance": {"InstanceId": instance_id, "ExecutionId": execution_id},
        **make(
            EventType.ExecutionStarted,
            ParentInstance=parent,
            Name=name,
            Version=version,
            Input=input_,
            Tags=tags,
            Correlation=None,
            ParentTraceContext=None,
            ScheduledStartTime=scheduled_at,
            Generation=generation,
            GenerateNewTrace=False,
        ),
    }


def event_raised(name: str, input_: str | None) -> dict[str, Any]:
    """Return an external event as it arrives at its target."""
    return make(EventType.EventRaised, Name=name, Input=input_, ParentTraceContext=None)


def task_scheduled(task: ScheduleTask) -> dict[str, Any]:
    """Return a scheduled activity with its input, which the history leaves out."""
    return make(
        EventType.TaskScheduled,
        task.event_id,
        Name=task.name,
        Version=task.version,
        Input=task.input,
        ParentTraceContext=None,
        Tags=None,
    )


def timer_created(timer: CreateTimer) -> dict[str, Any]:
    return make(EventType.TimerCreated, timer.event_id, FireAt=timestamps.to_text(timer.fire_at))


def timer_fired(timer: CreateTimer) -> dict[str, Any]:
    return make(
        EventType.TimerFired, TimerId=timer.event_id, FireAt=timestamps.to_text(timer.fire_at)
    )


def child_created(child: StartChild) -> dict[str, Any]:
    return make(
        EventType.SubOrchestrationInstanceCreated,
        child.event_id,
        Name=child.name,
        Version=child.version,
        InstanceId=child.instance_id,
        Tags=None,
    )


def event_sent(sent: SendEvent) -> dict[str, Any]:
    return make(
        EventType.EventSent,
        sent.event_id,
        InstanceId=sent.instance_id,
        Name=sent.name,
        Input=sent.input,
    )


def execution_completed(done: Complete) -> dict[str, Any]:
    return make(
        EventType.ExecutionCompleted,
        done.event_id,
        OrchestrationStatus=done.status,
        Result=done.result,
        FailureDetails=done.failure,
    )


def child_ended(task_scheduled_id: int, done: Complete) -> dict[str, Any]:
    """Return the event that notifies a parent of the end of its child."""
    if done.status == "Completed":
        return make(
            EventType.SubOrchestrationInstanceCompleted,
            TaskScheduledId=task_scheduled_id,
            Result=done.result,
        )
    return make(
        EventType.SubOrchestrationInstanceFailed,
        TaskScheduledId=task_scheduled_id,
        Reason=done.result,
        Details=done.details,
        FailureDetails=done.failure,
    )
