"""Delete instances by key from tables that lines may share, and nothing that has changed owner.

Another line may take over an id at any time, and its engine writes the Instances row before the
history. So each row is deleted only if unchanged, and the history before the row that leads to it.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableEntity, TableTransactionError
from azure.data.tables.aio import TableClient

from router.azure.storage.hub.hub_instances import is_entity
from router.azure.storage.table_pages import Deadline, Query, Slice, pages
from router.domain.instance_status import UNFINISHED
from router.ports import Purged

_KEYS = ["PartitionKey", "RowKey"]
_COLUMNS = [*_KEYS, "Name", "RuntimeStatus", "CreatedTime", "LastUpdatedTime"]
_BATCH = 100  # rows in one transaction
_CONCURRENCY = 16
_UNCHANGED = MatchConditions.IfNotModified

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Removal:
    """The hub whose instances are deleted: those that have ended, and not changed since `before`.

    So what a line does after it was revived is spared by a call that comes late.
    """

    task_hub: str
    limits: Slice
    before: datetime | None = None

    def includes(self, row: Row) -> bool:
        """Return True unless the instance has not ended. An entity never ends."""
        return row.get("RuntimeStatus") not in UNFINISHED or is_entity(row)

    def is_newer(self, row: Row) -> bool:
        """Return True if the instance belongs to a later life of its line."""
        changed_at = row.get("LastUpdatedTime") or row.get("CreatedTime")
        return self.before is not None and changed_at is not None and changed_at > self.before


async def remove_hub(
    instances: TableClient, history: TableClient, removal: Removal, cursor: str | None
) -> Purged:
    """Delete a hub's instances from the cursor on, for a limited time. Raises AzureError.

    A call deletes at least a few rows, so that repeated calls finish. The cursor counts the kept
    instances of the calls before.
    """
    deadline = Deadline(removal.limits.seconds)
    here, changed, unfinished = json.loads(cursor) if cursor else (None, 0, 0)
    query = Query("TaskHubName eq @hub", {"hub": removal.task_hub}, _COLUMNS)
    async for page in pages(instances, query, here, removal.limits.page):
        old = [row for row in page.rows if not removal.is_newer(row)]
        ended = [row for row in old if removal.includes(row)]
        removed = await _remove_page(instances, history, ended, deadline)
        changed += removed.count(False)
        if len(removed) == len(ended):
            here = page.cursor
            unfinished += len(old) - len(ended)
        if here is None:
            break
        if deadline.is_over:
            return Purged(changed, json.dumps((here, changed, unfinished)), unfinished)
    return Purged(changed, unfinished=unfinished)


async def _remove_page(
    instances: TableClient, history: TableClient, rows: Sequence[TableEntity], deadline: Deadline
) -> list[bool]:
    """Delete rows until the time is over, and return for each whether it was unchanged."""
    removed: list[bool] = []
    for start in range(0, len(rows), _CONCURRENCY):
        if start and deadline.is_over:
            break
        few = rows[start : start + _CONCURRENCY]
        calls = (remove_instance(instances, history, row) for row in few)
        removed += await asyncio.gather(*calls)
    return removed


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
