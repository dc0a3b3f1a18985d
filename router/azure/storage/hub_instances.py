"""The unfinished instances of one task hub: the one that keeps it from being drained.

Asks the shared Instances table for exactly this hub's rows in an unfinished status and stops at
the first that means work. An entity's row is unfinished for ever; it means work only while it says
so. Knows nothing of queues.
"""

import json
from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

from router.azure.error_text import code_of
from router.domain.instance_id import escape, unescape
from router.domain.instance_status import UNFINISHED
from router.domain.model import UnfinishedInstance

_COLUMNS = [
    *("PartitionKey", "Name", "RuntimeStatus", "CreatedTime", "CustomStatus", "TaskHubName"),
    "ScheduledStartTime",
]
_IS_UNFINISHED = " or ".join(f"RuntimeStatus eq '{status}'" for status in sorted(UNFINISHED))
_QUERY = f"TaskHubName eq @hub and ({_IS_UNFINISHED})"
_WORK = ("queueSize", "backlogQueueSize", "lockedBy", "queue")

Row = Mapping[str, Any]


async def first_unfinished(table: TableClient, task_hub: str) -> UnfinishedInstance | None:
    """A witness of work, searched through every page. Raises AzureError."""
    rows = table.query_entities(_QUERY, parameters={"hub": task_hub}, select=_COLUMNS)
    async for row in rows:
        if await _means_work(table, row):
            return _instance(row)
    return None


async def unfinished_orchestrations(
    table: TableClient, task_hub: str, top: int
) -> list[UnfinishedInstance]:
    """The first so many that have not ended, entities left out. Raises AzureError."""
    found: list[UnfinishedInstance] = []
    rows = table.query_entities(_QUERY, parameters={"hub": task_hub}, select=_COLUMNS)
    async for row in rows:
        if not _is_entity(row):
            found.append(_instance(row))
        if len(found) == top:
            break
    return found


async def still_unfinished(
    table: TableClient, task_hub: str, instance_id: str
) -> UnfinishedInstance | None:
    """The instance, if it is this hub's and means work; one point read. Raises AzureError."""
    try:
        row = await table.get_entity(escape(instance_id), "", select=_COLUMNS)
    except ResourceNotFoundError as error:
        if code_of(error) != "ResourceNotFound":
            raise
        return None
    if row.get("TaskHubName") != task_hub or row.get("RuntimeStatus") not in UNFINISHED:
        return None
    return _instance(row) if await _means_work(table, row) else None


async def _means_work(table: TableClient, row: Row) -> bool:
    if not _is_entity(row):
        return True
    told = _object(row.get("CustomStatus"))
    if told is None:  # written by an engine that tells nothing there: its state may tell
        full = await table.get_entity(row["PartitionKey"], "", select=["Input"])
        told = _object(full.get("Input"))
    return any((told or {}).get(sign) for sign in _WORK)


def _is_entity(row: Row) -> bool:
    """Entities are named by their id, @name@key; an orchestration may only look like one."""
    return bool(row["PartitionKey"].startswith("@")) and row.get("Name") == unescape(
        row["PartitionKey"]
    )


def _object(text: str | None) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _instance(row: Row) -> UnfinishedInstance:
    return UnfinishedInstance(
        unescape(row["PartitionKey"]),
        str(row.get("Name")),
        row["RuntimeStatus"],
        row["CreatedTime"],
        row.get("ScheduledStartTime"),
    )
