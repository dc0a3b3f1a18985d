"""Rewind: failures in a history become generic events, so that the replay retries them.

The rows keep their position and record what they were (`Rewound: …`). A failed child is rewound in
place of its parent. The deepest failed instances are returned so that they can be woken.
"""

from collections.abc import Sequence
from typing import Any

from emulator.engine.model import timestamps
from emulator.engine.stores.history_row import SENTINEL
from emulator.engine.stores.history_table import HistoryTable
from emulator.engine.stores.instances_table import InstancesTable


async def rewind(history: HistoryTable, instances: InstancesTable, instance_id: str) -> list[str]:
    """Rewind an instance and its failed children, and return the ids of the instances to wake."""
    stored = await history.rows(instance_id)
    rows = [s.row for s in stored if s.row["RowKey"] != SENTINEL]
    rows = [row for row in rows if row["ExecutionId"] == rows[0]["ExecutionId"]]
    leaves: list[str] = []
    children = False
    for failure in [row for row in rows if _is_failure(row)]:
        scheduling = _scheduling_row(failure, rows)
        if scheduling is not None and failure["EventType"] == "TaskFailed":
            await history.replace(_as_generic_event(scheduling))
        elif scheduling is not None and failure["EventType"] == "SubOrchestrationInstanceFailed":
            children = True
            await history.replace({**scheduling, "Reason": f"Rewound: {scheduling['EventType']}"})
            leaves += await rewind(history, instances, scheduling["InstanceId"])
        await history.replace(_as_generic_event(failure))
    reset = {
        "RuntimeStatus": "Pending",
        "LastUpdatedTime": timestamps.DateTimeColumn(timestamps.now()),
    }
    await instances.merge(instance_id, reset)
    return leaves if children else [*leaves, instance_id]


def _is_failure(row: dict[str, Any]) -> bool:
    return row.get("OrchestrationStatus") == "Failed" or row["EventType"] in (
        "TaskFailed",
        "SubOrchestrationInstanceFailed",
    )


def _scheduling_row(
    failure: dict[str, Any], rows: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    kinds = ("TaskScheduled", "SubOrchestrationInstanceCreated")
    task_id = failure.get("TaskScheduledId")
    matches = [row for row in rows if row["EventType"] in kinds and row["EventId"] == task_id]
    return matches[0] if matches and task_id is not None else None


def _as_generic_event(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "Reason": f"Rewound: {row['EventType']}", "EventType": "GenericEvent"}
