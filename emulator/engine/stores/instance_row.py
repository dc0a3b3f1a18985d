"""The row of the Instances table: as a start writes it, as a checkpoint changes it, as it reads.

Pure. Absent columns stand for values that are not there; `CustomStatus` and `Tags` are the JSON
text `null` instead.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from emulator.engine.model import timestamps
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event
from emulator.engine.model.instance import Instance
from emulator.engine.model.partition_keys import instance_id_of, partition_key

Row = dict[str, Any]


def key(instance_id: str) -> Row:
    """The keys of an instance's row."""
    return {"PartitionKey": partition_key(instance_id), "RowKey": ""}


def started(event: Event, hub: str, input_: str | None) -> Row:
    """The row of an instance that has been asked for and has not begun. `input_` may be a URL."""
    instance = event["OrchestrationInstance"]
    scheduled = event["ScheduledStartTime"]
    columns = {
        **key(instance["InstanceId"]),
        "Input": input_,
        "CreatedTime": timestamps.Column(event["Timestamp"]),
        "Name": event["Name"],
        "Version": event["Version"],
        "RuntimeStatus": "Pending",
        "LastUpdatedTime": timestamps.Column(timestamps.now()),
        "TaskHubName": hub,
        "ScheduledStartTime": timestamps.Column(scheduled) if scheduled else None,
        "ExecutionId": instance["ExecutionId"],
        "Generation": event["Generation"],
        "Tags": "null",
    }
    return {name: value for name, value in columns.items() if value is not None}


def changed(events: Sequence[Event], urls: Mapping[int, str], execution_id: str, hub: str) -> Row:
    """The columns that a checkpoint of these events changes. `urls` holds, by index in `events`,
    what stands for a value too large for a property."""
    row: Row = {
        "ExecutionId": execution_id,
        "LastUpdatedTime": timestamps.Column(events[-1]["Timestamp"]),
        "TaskHubName": hub,
    }
    for index, event in enumerate(events):
        row |= _change(event, urls.get(index))
    return {name: value for name, value in row.items() if value is not None}


def _change(event: Event, url: str | None) -> Row:
    match event["EventType"]:
        case EventType.ExecutionStarted:
            return {
                "Name": event["Name"],
                "Version": event["Version"],
                "CreatedTime": timestamps.Column(event["Timestamp"]),
                "RuntimeStatus": "Running",
                "Tags": "null",
                "Input": url or event["Input"],
            }
        case EventType.ExecutionCompleted:
            return {
                "RuntimeStatus": event["OrchestrationStatus"],
                "Output": url or event["Result"] or _told(event["FailureDetails"]),
                "CompletedTime": timestamps.Column(timestamps.now()),
            }
        case EventType.ExecutionTerminated:
            return terminated(url or event["Input"])
        case EventType.ExecutionSuspended:
            return {"RuntimeStatus": "Suspended", "Output": url or event["Reason"]}
        case EventType.ExecutionResumed:
            return {"RuntimeStatus": "Running", "Output": url or event["Reason"]}
    return {}


def _told(failure: Mapping[str, Any] | None) -> str | None:
    """What a failure without a result says for itself."""
    return f"{failure['ErrorType']}: {failure['ErrorMessage']}" if failure else None


def terminated(reason: str | None) -> Row:
    """The columns of an instance that was ended from outside, now."""
    return {
        "RuntimeStatus": "Terminated",
        "Output": reason,
        "CompletedTime": timestamps.Column(timestamps.now()),
    }


def to_instance(row: Mapping[str, Any]) -> Instance:
    """The instance that a row tells of. Large values are still URLs."""
    return Instance(
        instance_id=instance_id_of(row["PartitionKey"]),
        execution_id=row.get("ExecutionId", ""),
        name=row.get("Name", ""),
        version=row.get("Version"),
        runtime_status=row["RuntimeStatus"],
        input=row.get("Input"),
        output=row.get("Output"),
        custom_status=row.get("CustomStatus"),
        created_at=_time(row["CreatedTime"]),
        last_updated_at=_time(row["LastUpdatedTime"]),
        completed_at=_time_or_none(row.get("CompletedTime")),
        scheduled_start_at=_time_or_none(row.get("ScheduledStartTime")),
        generation=row.get("Generation", 0),
        task_hub=row.get("TaskHubName"),
    )


def _time(value: object) -> datetime:
    return timestamps.parse(str(value))


def _time_or_none(value: object) -> datetime | None:
    return None if value is None else _time(value)
