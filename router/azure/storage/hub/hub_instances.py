"""Find unfinished and failed instances of a task hub in an Instances table, which hubs may share.

An entity's row is unfinished forever, so it counts as work only while its state says so.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

from router.azure.error_text import code_of
from router.azure.storage.table_pages import Deadline, Query, Slice, pages
from router.domain.instance_id import escape, unescape
from router.domain.instance_status import UNFINISHED
from router.domain.model import UnfinishedInstance

_COLUMNS = [
    *("PartitionKey", "Name", "RuntimeStatus", "CreatedTime", "CustomStatus", "TaskHubName"),
    "ScheduledStartTime",
]
_IS_UNFINISHED = " or ".join(f"RuntimeStatus eq '{status}'" for status in sorted(UNFINISHED))
_QUERY = f"TaskHubName eq @hub and ({_IS_UNFINISHED})"
_FAILED = (
    "TaskHubName eq @hub and RuntimeStatus eq 'Failed' "
    "and LastUpdatedTime ge @since and LastUpdatedTime le @until"
)
_WORK = ("queueSize", "backlogQueueSize", "lockedBy", "queue")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Search:
    """The instance that was found, if any, and otherwise where to continue, None at the end."""

    found: UnfinishedInstance | None = None
    cursor: str | None = None


async def first_unfinished(
    table: TableClient, task_hub: str, cursor: str | None, limits: Slice
) -> Search:
    """Look for an instance that counts as work, for a limited time. Raises AzureError."""
    deadline = Deadline(limits.seconds)
    query = Query(_QUERY, {"hub": task_hub}, _COLUMNS)
    async for page in pages(table, query, cursor, limits.page):
        for row in page.rows:
            if await _is_work(table, row):
                return Search(_instance(row))
        if deadline.is_over and page.cursor is not None:
            return Search(cursor=page.cursor)
    return Search()


async def unfinished_orchestrations(
    table: TableClient, task_hub: str, first: str | None, top: int, limits: Slice
) -> list[UnfinishedInstance]:
    """Return the first `top` unfinished instances, or those found in time. Raises AzureError.

    Entities are left out.
    """
    deadline = Deadline(limits.seconds)
    found: list[UnfinishedInstance] = []
    key = {"hub": task_hub, "first": escape(first or "")}
    query = Query(f"PartitionKey ge @first and {_QUERY}", key, _COLUMNS)
    async for page in pages(table, query, None, limits.page):
        found += [_instance(row) for row in page.rows if not is_entity(row)]
        if len(found) >= top or deadline.is_over:
            break
    return found[:top]


async def count_failed(table: TableClient, task_hub: str, since: datetime, until: datetime) -> int:
    """Count the instances that failed in this time. Raises AzureError."""
    times = {"hub": task_hub, "since": since, "until": until}
    rows = table.query_entities(_FAILED, parameters=times, select=["PartitionKey"])
    return len([row async for row in rows])


async def still_unfinished(
    table: TableClient, task_hub: str, instance_id: str
) -> UnfinishedInstance | None:
    """Return the instance if it belongs to this hub and counts as work. Raises AzureError.

    One point read is enough.
    """
    try:
        row = await table.get_entity(escape(instance_id), "", select=_COLUMNS)
    except ResourceNotFoundError as error:
        if code_of(error) != "ResourceNotFound":
            raise
        return None
    if row.get("TaskHubName") != task_hub or row.get("RuntimeStatus") not in UNFINISHED:
        return None
    return _instance(row) if await _is_work(table, row) else None


async def _is_work(table: TableClient, row: Row) -> bool:
    if not is_entity(row):
        return True
    state = _json_object(row.get("CustomStatus"))
    if state is None:  # some engines write the state to Input only
        full = await table.get_entity(row["PartitionKey"], "", select=["Input"])
        state = _json_object(full.get("Input"))
    return any((state or {}).get(member) for member in _WORK)


def is_entity(row: Row) -> bool:
    """Return True for an entity, whose name is its id, @name@key.

    The id alone is not enough: an orchestration may have one like it.
    """
    return bool(row["PartitionKey"].startswith("@")) and row.get("Name") == unescape(
        row["PartitionKey"]
    )


def _json_object(text: str | None) -> Mapping[str, Any] | None:
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
