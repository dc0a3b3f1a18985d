"""Converts history events to rows of the History table and back.

The conversion is lossless: a row that was read is written back unchanged. Blob names of large
values pass through as fields.
"""

import json
from collections.abc import Mapping
from typing import Any

from emulator.engine.model import timestamps
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event
from emulator.engine.model.partition_keys import partition_key, row_key

Row = dict[str, Any]
SENTINEL = "sentinel"

_OBJECTS = frozenset(  # columns with JSON text, including "null"
    {"ParentInstance", "Tags", "ParentTraceContext", "OrchestrationInstance", "FailureDetails"}
)
_TIMES = frozenset({"FireAt", "ScheduledStartTime"})
_OMITTED = {  # message fields that the history omits
    EventType.TaskScheduled: frozenset({"Input"}),
    EventType.ExecutionStarted: frozenset({"Correlation"}),
}
_READ_AS_NONE = {  # fields whose column is absent when they have no value
    EventType.ExecutionStarted: ("Version", "Input"),
    EventType.ExecutionCompleted: ("Result",),
    EventType.ExecutionTerminated: ("Input",),
    EventType.TaskScheduled: ("Version", "Input"),
    EventType.TaskCompleted: ("Result",),
    EventType.TaskFailed: ("Reason", "Details"),
    EventType.SubOrchestrationInstanceCreated: ("Version", "Input"),
    EventType.SubOrchestrationInstanceCompleted: ("Result",),
    EventType.SubOrchestrationInstanceFailed: ("Reason", "Details"),
    EventType.EventSent: ("Input",),
    EventType.EventRaised: ("Input",),
    EventType.GenericEvent: ("Data",),
    EventType.ExecutionSuspended: ("Reason",),
    EventType.ExecutionResumed: ("Reason",),
}


def to_row(event: Event, instance_id: str, execution_id: str, sequence: int) -> Row:
    """Return the row of an event whose ordinal in the execution, from 0, is `sequence`."""
    kind = EventType(event["EventType"])
    omitted = _OMITTED.get(kind, frozenset())
    row: Row = {"PartitionKey": partition_key(instance_id), "RowKey": row_key(sequence)}
    for name, value in event.items():
        if name == "Timestamp":
            row["_Timestamp"] = timestamps.DateTimeColumn(value)
        elif name not in omitted and name != "EventType":
            row |= _column(name, value)
    return row | {"EventType": kind.name, "ExecutionId": execution_id}


def _column(name: str, value: Any) -> Row:
    if name in _OBJECTS:
        return {name: json.dumps(value, separators=(",", ":"), ensure_ascii=False)}
    if value is None:
        return {}
    return {name: timestamps.DateTimeColumn(value) if name in _TIMES else value}


def to_event(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event of a row."""
    kind = EventType[row["EventType"]]
    event: dict[str, Any] = {"EventType": int(kind)}
    event.update(dict.fromkeys(_READ_AS_NONE.get(kind, ())))
    for name, value in row.items():
        if name not in ("PartitionKey", "RowKey", "EventType", "ExecutionId", "_Timestamp"):
            event[name] = _field(name, value)
    return event | {"Timestamp": str(row["_Timestamp"])}


def _field(name: str, value: Any) -> Any:
    if name in _OBJECTS:
        return json.loads(value)
    return str(value) if name in _TIMES else value


def sentinel(instance_id: str, execution_id: str, *, complete: bool) -> Row:
    """Return the row that guards checkpoints and is written with every batch of events."""
    row: Row = {
        "PartitionKey": partition_key(instance_id),
        "RowKey": SENTINEL,
        "ExecutionId": execution_id,
        "IsCheckpointComplete": complete,
    }
    if complete:
        row["CheckpointCompletedTimestamp"] = timestamps.DateTimeColumn(timestamps.now())
    return row
