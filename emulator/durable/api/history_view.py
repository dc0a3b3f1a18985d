"""How the API shows a history: what was scheduled is told with how it ended.

Pure. Owns which fields of which event are shown.
"""

from collections.abc import Iterable
from typing import Any

from emulator.durable.dotnet.json_text import or_text
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event

Shown = dict[str, Any]

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
    """Two events were scheduled under one id: the trace of a replay that did not match."""

    def __init__(self, key: str) -> None:
        super().__init__(f"An item with the same key has already been added. Key: {key}")


def view(events: Iterable[Event], *, with_output: bool) -> list[Shown]:
    """The events to show. Raises DuplicateKeyError, as the real extension cannot show those."""
    shown: list[Shown] = []
    scheduled: dict[str, Shown] = {}
    for event in events:
        kind = EventType(event["EventType"])
        if kind not in FIELDS:
            continue
        item = _item(kind, event, with_output=with_output)
        if kind in ENDS:
            begun = scheduled.get(f"{ENDS[kind].name}_{event['TaskScheduledId']}")
            if begun is not None:
                _join(item, begun)
                shown = [each for each in shown if each is not begun]
        elif kind in SCHEDULES:
            key = f"{kind.name}_{event['EventId']}"
            if key in scheduled:
                raise DuplicateKeyError(key)
            scheduled[key] = item
        shown.append(item)
    return shown


def _item(kind: EventType, event: Event, *, with_output: bool) -> Shown:
    item: Shown = {"EventType": kind.name}
    item.update((name, event.get(name)) for name in FIELDS[kind])
    item["Timestamp"] = event["Timestamp"]
    if kind is EventType.ExecutionStarted:
        item["FunctionName"] = event["Name"]
    if "Result" in item:
        if with_output:
            item["Result"] = or_text(item["Result"])
        else:
            del item["Result"]
    return item


def _join(item: Shown, begun: Shown) -> None:
    item["ScheduledTime"] = begun["Timestamp"]
    item["FunctionName"] = begun["Name"]
    item["Input"] = begun["Input"]
