"""Rewind: a failed instance's failures become blank rows, so that its replay tries them again.

The rows keep their place and tell what they were (`Rewound: …`). A failed child is rewound in
the parent's stead; the deepest failed ones are returned, to be woken.
"""

from collections.abc import Sequence
from typing import Any

from emulator.engine.model import timestamps
from emulator.engine.stores.history_row import SENTINEL
from emulator.engine.stores.history_table import HistoryTable
from emulator.engine.stores.instances_table import InstancesTable


async def rewind(history: HistoryTable, instances: InstancesTable, instance_id: str) -> list[str]:
    """Rewind an instance and its failed children; returns the ids that have to be woken."""
    stored = await history.rows(instance_id)
    rows = [s.row for s in stored if s.row["RowKey"] != SENTINEL]
    rows = [row for row in rows if row["ExecutionId"] == rows[0]["ExecutionId"]]
    leaves: list[str] = []
    children = False
    for failure in [row for row in rows if _is_failure(row)]:
        cause = _cause(failure, rows)
        if cause is not None and failure["EventType"] == "TaskFailed":
            await history.replace(_blanked(cause))
        elif cause is not None and failure["EventType"] == "SubOrchestrationInstanceFailed":
            children = True
            await history.replace({**cause, "Reason": f"Rewound: {cause['EventType']}"})
            leaves += await rewind(history, instances, cause["InstanceId"])
        await history.replace(_blanked(failure))
    reset = {"RuntimeStatus": "Pending", "LastUpdatedTime": timestamps.Column(timestamps.now())}
    await instances.merge(instance_id, reset)
    return leaves if children else [*leaves, instance_id]


def _is_failure(row: dict[str, Any]) -> bool:
    return row.get("OrchestrationStatus") == "Failed" or row["EventType"] in (
        "TaskFailed",
        "SubOrchestrationInstanceFailed",
    )


def _cause(failure: dict[str, Any], rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    kinds = ("TaskScheduled", "SubOrchestrationInstanceCreated")
    wanted = failure.get("TaskScheduledId")
    found = [row for row in rows if row["EventType"] in kinds and row["EventId"] == wanted]
    return found[0] if found and wanted is not None else None


def _blanked(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "Reason": f"Rewound: {row['EventType']}", "EventType": "GenericEvent"}
