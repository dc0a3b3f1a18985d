"""The API's view of a history: scheduled events are merged into the events that complete them."""

from collections.abc import Iterable
from typing import Any

from emulator.durable.dotnet.json_text import parse_or_text
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event

View = dict[str, Any]

FIELDS: dict[EventType, tuple[str, ...]] = {
    EventType.ExecutionStarted: (
        "Input",
        "Correlation",
        "ParentTraceContext",
        "ScheduledStartTime",
        "Generation",
        "GenerateNewTrace",
    ),
    EventType.ExecutionCompleted: ("OrchestrationStatus", "Result", "FailureDetails"),
    EventType.ExecutionTerminated: ("Input",),
    EventType.TaskScheduled: ("Name", "Input", "ParentTraceContext", "Tags"),
    EventType.TaskCompleted: ("Result",),
    EventType.TaskFailed: ("Reason", "Details", "FailureDetails"),
    EventType.SubOrchestrationInstanceCreated: (
        "Name",
        "InstanceId",
        "Input",
        "ClientSpanId",
        "Tags",
    ),
    EventType.SubOrchestrationInstanceCompleted: ("Result",),
    EventType.SubOrchestrationInstanceFailed: ("Reason", "Details", "FailureDetails"),
    EventType.TimerCreated: ("FireAt",),
    EventType.TimerFired: ("FireAt",),
    EventType.EventSent: ("InstanceId", "Name", "Input"),
    EventType.EventRaised: ("Name", "Input", "ParentTraceContext"),
    EventType.ExecutionSuspended: ("Reason",),
    EventType.ExecutionResumed: ("Reason",),
    EventType.GenericEvent: ("Data",),
}
SCHEDULES = (EventType.TaskScheduled, EventType.SubOrchestrationInstanceCreated)
ENDS = {
    EventType.TaskCompleted: EventType.TaskScheduled,
    EventType.TaskFailed: EventType.TaskScheduled,
    EventType.SubOrchestrationInstanceCompleted: EventType.SubOrchestrationInstanceCreated,
    EventType.SubOrchestrationInstanceFailed: EventType.SubOrchestrationInstanceCreated,
}


class DuplicateKeyError(Exception):
    """Two events were scheduled with the same id, the trace of a non-deterministic replay."""

    def __init__(self, key: str) -> None:
        super().__init__(f"An item with the same key has already been added. Key: {key}")


def view(events: Iterable[Event], *, with_output: bool) -> list[View]:
    """Return the events to show. Raises DuplicateKeyError where the real extension fails too."""
    views: list[View] = []
    scheduled: dict[str, View] = {}
    for event in events:
        kind = EventType(event["EventType"])
        if kind not in FIELDS:
            continue
        item = _item(kind, event, with_output=with_output)
        if kind in ENDS:
            scheduled_view = scheduled.get(f"{ENDS[kind].name}_{event['TaskScheduledId']}")
            if scheduled_view is not None:
                _join(item, scheduled_view)
                views = [each for each in views if each is not scheduled_view]
        elif kind in SCHEDULES:
            key = f"{kind.name}_{event['EventId']}"
            if key in scheduled:
                raise DuplicateKeyError(key)
            scheduled[key] = item
        views.append(item)
    return views


def _item(kind: EventType, event: Event, *, with_output: bool) -> View:
    item: View = {"EventType": kind.name}
    item.update((name, event.get(name)) for name in FIELDS[kind])
    item["Timestamp"] = event["Timestamp"]
    if kind is EventType.ExecutionStarted:
        item["FunctionName"] = event["Name"]
    if "Result" in item:
        if with_output:
            item["Result"] = parse_or_text(item["Result"])
        else:
            del item["Result"]
    return item


def _join(item: View, scheduled_view: View) -> None:
    item["ScheduledTime"] = scheduled_view["Timestamp"].removesuffix("Z") + "+00:00"
    item["FunctionName"] = scheduled_view["Name"]
    item["Input"] = scheduled_view["Input"]
    if "InstanceId" in scheduled_view:
        item["InstanceId"] = scheduled_view["InstanceId"]
