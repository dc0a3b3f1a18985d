"""Rows of the Instances table: written for a start, updated by checkpoints, read by clients.

Absent columns stand for missing values, except that `CustomStatus` and `Tags` hold the JSON text
`null`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from emulator.engine.model import timestamps
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event
from emulator.engine.model.instance import Instance
from emulator.engine.model.partition_keys import instance_id_of, partition_key

Row = dict[str, Any]


def row_keys(instance_id: str) -> Row:
    """Return the keys of an instance's row."""
    return {"PartitionKey": partition_key(instance_id), "RowKey": ""}


def pending_row(event: Event, hub: str, input_: str | None) -> Row:
    """Return the row of a requested instance that has not started. `input_` may be a URL."""
    instance = event["OrchestrationInstance"]
    scheduled = event["ScheduledStartTime"]
    columns = {
        **row_keys(instance["InstanceId"]),
        "Input": input_,
        "CreatedTime": timestamps.DateTimeColumn(event["Timestamp"]),
        "Name": event["Name"],
        "Version": event["Version"],
        "RuntimeStatus": "Pending",
        "LastUpdatedTime": timestamps.DateTimeColumn(timestamps.now()),
        "TaskHubName": hub,
        "ScheduledStartTime": timestamps.DateTimeColumn(scheduled) if scheduled else None,
        "ExecutionId": instance["ExecutionId"],
        "Generation": event["Generation"],
        "Tags": _json(event["Tags"]),
        "ParentInstanceId": _parent_id(event),
    }
    return {name: value for name, value in columns.items() if value is not None}


def checkpoint_columns(
    events: Sequence[Event], urls: Mapping[int, str], execution_id: str, hub: str
) -> Row:
    """Return the columns that a checkpoint of these events changes.

    `urls` holds, by index in `events`, the URLs of values too large for a property.
    """
    row: Row = {
        "ExecutionId": execution_id,
        "LastUpdatedTime": timestamps.DateTimeColumn(events[-1]["Timestamp"]),
        "TaskHubName": hub,
    }
    for index, event in enumerate(events):
        row |= _event_columns(event, urls.get(index))
    return {name: value for name, value in row.items() if value is not None}


def _event_columns(event: Event, url: str | None) -> Row:
    match event["EventType"]:
        case EventType.ExecutionStarted:
            return {
                "Name": event["Name"],
                "Version": event["Version"],
                "CreatedTime": timestamps.DateTimeColumn(event["Timestamp"]),
                "RuntimeStatus": "Running",
                "Tags": _json(event["Tags"]),
                "ParentInstanceId": _parent_id(event),
                "Input": url or event["Input"],
            }
        case EventType.ExecutionCompleted:
            return {
                "RuntimeStatus": event["OrchestrationStatus"],
                "Output": _output(event, url),
                "CompletedTime": timestamps.DateTimeColumn(timestamps.now()),
            }
        case EventType.ExecutionTerminated:
            return terminated_columns(url or event["Input"])
        case EventType.ExecutionSuspended:
            return {"RuntimeStatus": "Suspended", "Output": url or event["Reason"]}
        case EventType.ExecutionResumed:
            return {"RuntimeStatus": "Running", "Output": url or event["Reason"]}
    return {}


def _output(completed: Event, url: str | None) -> str | None:
    result: str | None = completed["Result"]
    return url or (_failure_text(completed["FailureDetails"]) if result is None else result)


def _parent_id(started: Event) -> str:
    parent = started["ParentInstance"]
    return str(parent["OrchestrationInstance"]["InstanceId"]) if parent else ""


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _failure_text(failure: Mapping[str, Any] | None) -> str | None:
    return f"{failure['ErrorType']}: {failure['ErrorMessage']}" if failure else None


def terminated_columns(reason: str | None) -> Row:
    """Return the columns of an instance that is terminated now."""
    return {
        "RuntimeStatus": "Terminated",
        "Output": reason,
        "CompletedTime": timestamps.DateTimeColumn(timestamps.now()),
    }


def to_instance(row: Mapping[str, Any]) -> Instance:
    """Return the instance of a row, with large values as URLs."""
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
        parent_id=row.get("ParentInstanceId") or None,
    )


def _time(value: object) -> datetime:
    return timestamps.parse(str(value))


def _time_or_none(value: object) -> datetime | None:
    return None if value is None else _time(value)
