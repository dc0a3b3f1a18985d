"""Delete instances from the shared tables by key, and nothing that has changed owner.

Another line may take over an id at any time, and its engine writes the Instances row before the
history. So each row is deleted only if unchanged, and the history before the row that leads to it.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableEntity, TableTransactionError
from azure.data.tables.aio import TableClient

_KEYS = ["PartitionKey", "RowKey"]
_BATCH = 100  # rows in one transaction
_CONCURRENCY = 16
_UNCHANGED = MatchConditions.IfNotModified

Row = Mapping[str, Any]


async def remove_hub(
    instances: TableClient, history: TableClient, task_hub: str, seconds: float
) -> int | None:
    """Delete this hub's instances and return how many had changed. Raises AzureError.

    Returns None after the page at which the time is over.
    """
    until = time.monotonic() + seconds
    slots = asyncio.Semaphore(_CONCURRENCY)

    async def remove(row: TableEntity) -> bool:
        async with slots:
            return await remove_instance(instances, history, row)

    of_hub = {"hub": task_hub}
    found = instances.query_entities("TaskHubName eq @hub", parameters=of_hub, select=_KEYS)
    kept = 0
    async for page in found.by_page():
        removed = await asyncio.gather(*[remove(row) async for row in page])
        kept += removed.count(False)
        if time.monotonic() > until:
            return None
    return kept


async def remove_instance(instances: TableClient, history: TableClient, row: TableEntity) -> bool:
    """Delete an Instances row and its history. Return False if it changed. Raises AzureError."""
    key = row["PartitionKey"]
    mine = {"key": key}
    found = history.query_entities("PartitionKey eq @key", parameters=mine, select=_KEYS)
    events = [event async for event in found]
    try:
        now = await instances.get_entity(key, "", select=_KEYS)
        if _etag(now) != _etag(row):  # the history may belong to another line by now
            return False
        for start in range(0, len(events), _BATCH):
            await _delete_batch(history, events[start : start + _BATCH])
        await instances.delete_entity(row, match_condition=_UNCHANGED)
    except (ResourceModifiedError, ResourceNotFoundError):
        return False
    except TableTransactionError as error:
        if error.status_code in (404, 412):
            return False
        raise
    return True


async def _delete_batch(history: TableClient, events: list[TableEntity]) -> None:
    as_read = {"match_condition": _UNCHANGED}
    await history.submit_transaction([("delete", event, as_read) for event in events])


def _etag(row: TableEntity) -> str:
    return str(row.metadata["etag"])
