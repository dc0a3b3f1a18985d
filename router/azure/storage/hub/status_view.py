"""Build an instance's status, as Durable's HTTP API returns it, from its rows.

As in the extension, JSON text is shown as JSON and other text as text, the status has times in
whole seconds, and scheduled events are folded into their results.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from router.domain.instance_id import unescape
from router.domain.timestamps import rfc3339, rfc3339_seconds

Row = Mapping[str, Any]

_SHOWN: dict[str, tuple[str, ...]] = {
    "ExecutionStarted": (
        "Input",
        "Correlation",
        "ParentTraceContext",
        "ScheduledStartTime",
        "Generation",
        "GenerateNewTrace",
    ),
    "ExecutionCompleted": ("OrchestrationStatus", "Result", "FailureDetails"),
    "ExecutionTerminated": ("Input",),
    "ExecutionSuspended": ("Reason",),
    "ExecutionResumed": ("Reason",),
    "TaskScheduled": ("Name", "Input", "ParentTraceContext", "Tags"),
    "TaskCompleted": ("Result",),
    "TaskFailed": ("Reason", "Details", "FailureDetails"),
    "SubOrchestrationInstanceCreated": ("Name", "InstanceId", "Input", "ClientSpanId", "Tags"),
    "SubOrchestrationInstanceCompleted": ("Result",),
    "SubOrchestrationInstanceFailed": ("Reason", "Details", "FailureDetails"),
    "TimerCreated": ("FireAt",),
    "TimerFired": ("FireAt",),
    "EventSent": ("InstanceId", "Name", "Input"),
    "EventRaised": ("Name", "Input", "ParentTraceContext"),
    "GenericEvent": ("Data",),
}
_LEFT_OUT = frozenset({"OrchestratorStarted", "OrchestratorCompleted"})
_SCHEDULED_BY = {
    "TaskCompleted": "TaskScheduled",
    "TaskFailed": "TaskScheduled",
    "SubOrchestrationInstanceCompleted": "SubOrchestrationInstanceCreated",
    "SubOrchestrationInstanceFailed": "SubOrchestrationInstanceCreated",
}
_JSON_COLUMNS = frozenset({"Correlation", "ParentTraceContext", "Tags", "FailureDetails"})


def status_of(
    row: Row,
    history: Iterable[Row] | None = None,
    *,
    show_input: bool = True,
    show_history_output: bool = False,
) -> dict[str, Any]:
    """Return the status of an instance.

    Args:
        row: of the Instances table, with large values resolved and aware datetimes.
        history: its rows of the History table in the order of their keys, or None to omit it.
    """
    status: dict[str, Any] = {
        "name": row.get("Name"),
        **_if_any("version", row.get("Version")),
        "instanceId": unescape(row["PartitionKey"]),
        **_if_any("parentInstanceId", row.get("ParentInstanceId")),
        "runtimeStatus": row["RuntimeStatus"],
        "input": parsed(row.get("Input")) if show_input else None,
        "customStatus": parsed(row.get("CustomStatus")),
        "output": parsed(row.get("Output")),
        "createdTime": rfc3339_seconds(row["CreatedTime"]),
        "lastUpdatedTime": rfc3339_seconds(row["LastUpdatedTime"]),
    }
    if history is not None and row["RuntimeStatus"] != "Pending":
        events = [each for each in history if _belongs(each, row)]
        status["historyEvents"] = _history(events, show_input, show_history_output)
    return status


def parsed(text: str | None) -> Any:
    """Parse JSON text, and return any other text, such as a termination reason, unchanged."""
    if text is None:
        return None
    text = text.strip()
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        return text


def _if_any(name: str, value: str | None) -> dict[str, str]:
    return {name: value} if value else {}


def _belongs(event: Row, row: Row) -> bool:
    """Return True for an event of the current execution, and False for the sentinel row."""
    return "EventType" in event and event.get("ExecutionId") == row.get("ExecutionId")


def _history(events: list[Row], show_input: bool, show_output: bool) -> list[dict[str, Any]]:
    scheduled = {
        (event["EventType"], event["EventId"]): event
        for event in events
        if event["EventType"] in _SCHEDULED_BY.values()
    }
    completed = {_scheduled_by(event) for event in events}
    return [
        _event(event, scheduled.get(_scheduled_by(event)), show_input, show_output)
        for event in events
        if event["EventType"] not in _LEFT_OUT
        and (event["EventType"], event["EventId"]) not in completed
    ]


def _scheduled_by(event: Row) -> tuple[str | None, int | None]:
    return _SCHEDULED_BY.get(event["EventType"]), event.get("TaskScheduledId")


def _event(
    event: Row, scheduled: Row | None, show_input: bool, show_output: bool
) -> dict[str, Any]:
    kind = event["EventType"]
    shown: dict[str, Any] = {"EventType": kind}
    shown |= {name: _column(name, event.get(name)) for name in _SHOWN.get(kind, ())}
    shown["Timestamp"] = rfc3339(event["_Timestamp"])
    if kind == "ExecutionStarted":
        shown["FunctionName"] = event.get("Name")
    if scheduled is not None:
        shown["ScheduledTime"] = rfc3339(scheduled["_Timestamp"])
        shown["FunctionName"] = scheduled.get("Name")
        shown["Input"] = scheduled.get("Input")
        shown |= _if_any("InstanceId", scheduled.get("InstanceId"))
    if not show_input:
        shown.pop("Input", None)
    if not show_output:
        shown.pop("Result", None)
    return shown


def _column(name: str, value: Any) -> Any:
    if name == "Result" or name in _JSON_COLUMNS:
        return parsed(value)
    return rfc3339(value) if isinstance(value, datetime) else value


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
