"""Read and purge the instances in one pair of Instances and History tables.

A status is read from storage, so it is available when the line's app has been deleted.
"""

import asyncio
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from router.azure.error_text import describe, is_being_deleted
from router.azure.storage.account import Storage
from router.azure.storage.hub import large_values
from router.azure.storage.hub.instance_removal import remove_instance
from router.azure.storage.hub.status_view import status_of
from router.azure.storage.items import Items
from router.domain.errors import Unreadable
from router.domain.instance_id import escape
from router.domain.instance_status import ENDED
from router.domain.model import Owner
from router.ports import StatusQuery

_OWNER_COLUMNS = ["PartitionKey", "TaskHubName", "RuntimeStatus", "CreatedTime"]
_BLOB_NAME = "BlobName"  # Input is in the blob that the column InputBlobName names

Row = dict[str, Any]


class TableTracking:
    """Implements router.ports.Tracking for a storage account and a table prefix."""

    def __init__(self, storage: Storage, prefix: str) -> None:
        self._storage = storage
        self._instances = f"{prefix}Instances"
        self._history = f"{prefix}History"

    async def status(self, instance_id: str, query: StatusQuery) -> dict[str, Any] | None:
        with _map_errors(instance_id):
            row = await self._row(instance_id)
            if row is None:
                return None
            columns = ("Input", "Output") if query.show_input else ("Output",)
            await asyncio.gather(*(self._resolve(row, column) for column in columns))
            history = await self._events(row, query) if query.show_history else None
        return status_of(
            row,
            history,
            show_input=query.show_input,
            show_history_output=query.show_history_output,
        )

    async def owner(self, instance_id: str) -> Owner | None:
        with _map_errors(instance_id):
            row = await self._row(instance_id, _OWNER_COLUMNS)
        if row is None:
            return None
        return Owner(row.get("TaskHubName") or "", row["RuntimeStatus"], row["CreatedTime"])

    async def purge(self, instance_id: str) -> bool:
        with _map_errors(instance_id):
            row = await self._row(instance_id, [*_OWNER_COLUMNS, "RowKey"])
            if row is None or row["RuntimeStatus"] not in ENDED:
                return False
            large = Items(self._storage)
            folder = f"{row['PartitionKey']}/"
            blobs = await large.blobs(large_values.container_of(row), folder)
            tables = self._table(self._instances), self._table(self._history)
            if not await remove_instance(*tables, row):
                return False
            await asyncio.gather(*map(large.delete, blobs))
            return True

    async def _row(self, instance_id: str, columns: list[str] | None = None) -> TableEntity | None:
        try:
            found = await self._table(self._instances).get_entity(
                escape(instance_id), "", select=columns
            )
        except ResourceNotFoundError:  # no such row, or no table because no line has run with it
            return None
        except HttpResponseError as error:
            if is_being_deleted(error):
                return None
            raise
        return found

    async def _events(self, instance: Row, query: StatusQuery) -> list[Row]:
        events = self._table(self._history).query_entities(
            "PartitionKey eq @instance and ExecutionId eq @execution",
            parameters={
                "instance": instance["PartitionKey"],
                "execution": instance.get("ExecutionId"),
            },
        )
        rows = [dict(event) async for event in events]
        wanted = {"Input": query.show_input, "Result": query.show_history_output}
        for row in rows:
            for column, is_wanted in wanted.items():
                blob = row.get(column + _BLOB_NAME)
                if is_wanted and blob and large_values.is_own(blob, instance):
                    row[column] = await self._large(instance, blob)
        return rows

    async def _resolve(self, row: Row, column: str) -> None:
        """Replace a column that refers to a blob with its content.

        Until an instance has started, its input column is empty and another one names the blob.
        """
        named = row.get(column + _BLOB_NAME)
        if blob := large_values.at_address(row.get(column), row):
            row[column] = await self._large(row, blob)
        elif row.get(column) == "" and named and large_values.is_own(named, row):
            row[column] = await self._large(row, named)

    async def _large(self, instance: Row, blob: str) -> str | None:
        """Return a value too large for a column, or None if its blob does not exist."""
        container = large_values.container_of(instance)
        client = self._storage.blobs.get_blob_client(container, blob)
        try:
            content = await (await client.download_blob()).readall()
        except ResourceNotFoundError:
            return None
        return large_values.value_in(blob, gzip.decompress(content).decode())

    def _table(self, name: str) -> TableClient:
        return self._storage.tables.get_table_client(name)


@contextmanager
def _map_errors(instance_id: str) -> Iterator[None]:
    try:
        yield
    except AzureError as error:
        raise Unreadable(f"Could not read instance {instance_id!r}: {describe(error)}.") from error
    except (OSError, KeyError, ValueError) as error:
        raise Unreadable(f"The rows of instance {instance_id!r} are invalid.") from error
