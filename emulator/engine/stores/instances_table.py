"""The Instances table: one row per instance, for starts, checkpoints, status and lists.

Large values are offloaded and fetched here.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from emulator.engine.messages import message_data
from emulator.engine.model import timestamps
from emulator.engine.model.instance import Instance, InstanceQuery
from emulator.engine.model.partition_keys import partition_key
from emulator.engine.storage.large_messages import (
    BLOB_NAME_SUFFIX,
    LargeMessages,
    history_blob_name,
    too_large,
)
from emulator.engine.storage.rest_client import StorageError
from emulator.engine.storage.table import ANY_ETAG, StoredRow, Table, Write
from emulator.engine.stores import continuation, instance_row


class InstancesTable:
    """The Instances table of one hub. A shared store also holds the rows of other hubs."""

    def __init__(self, table: Table, blobs: LargeMessages) -> None:
        self._table = table
        self._blobs = blobs

    async def row(self, instance_id: str) -> StoredRow | None:
        """Return the raw row with its etag, or None if there is none."""
        return await self._table.get(partition_key(instance_id), "")

    async def get(self, instance_id: str, *, fetch_large: bool) -> Instance | None:
        """Return the instance or None. Raises LargeMessageNotFoundError."""
        stored = await self.row(instance_id)
        if stored is None:
            return None
        return await self.readable(stored) if fetch_large else instance_row.to_instance(stored.row)

    async def readable(self, stored: StoredRow) -> Instance:
        """Return the instance of a row with its large values. Raises LargeMessageNotFoundError."""
        return await self._with_large_values(instance_row.to_instance(stored.row))

    async def insert(self, row: Mapping[str, Any], *, replacing: StoredRow | None) -> bool:
        """Write the row of a start if it is new or unchanged since it was read.

        Returns False if another writer was faster. An input small enough for a queue message may
        still be too large for a row.
        """
        text = row.get("Input")
        if text is not None and too_large(text):
            blob = history_blob_name(row["PartitionKey"], "", "Input", "Input")
            await self._blobs.put(blob, text)
            row = {**row, "Input": "", f"Input{BLOB_NAME_SUFFIX}": blob}
        try:
            await self._table.write(
                Write("PUT", row, replacing.etag) if replacing else Write("POST", row)
            )
        except StorageError as error:
            if error.status not in (404, 409, 412):
                raise
            # The conflict may come from this very write, retried because its response was lost.
            stored = await self._table.get(row["PartitionKey"], "")
            return stored is not None and stored.row["ExecutionId"] == row["ExecutionId"]
        return True

    async def merge(self, instance_id: str, columns: Mapping[str, Any]) -> None:
        """Update some columns, creating the row if necessary."""
        await self._table.write(Write("PATCH", {**instance_row.row_keys(instance_id), **columns}))

    async def merge_if_unchanged(self, stored: StoredRow, columns: Mapping[str, Any]) -> bool:
        """Update some columns of a row, or return False if it has changed since it was read."""
        keys = {name: stored.row[name] for name in ("PartitionKey", "RowKey")}
        try:
            await self._table.write(Write("PATCH", {**keys, **columns}, stored.etag))
        except StorageError as error:
            if error.status in (404, 412):
                return False
            raise
        return True

    async def delete(self, instance_id: str) -> None:
        """Delete the row. Raises StorageError 404 if there is none."""
        await self._table.write(Write("DELETE", instance_row.row_keys(instance_id), ANY_ETAG))

    async def query_page(self, query: InstanceQuery) -> tuple[list[Instance], str | None]:
        """Return one storage page of instances and the token of the next page.

        A page of no rows has the token of the same page, and a token that is none has no page.
        """
        try:
            start = continuation.parse(query.continuation)
        except ValueError:
            return [], None
        if query.top == 0:
            return [], continuation.to_text(start)
        page = await self._table.query_page(filter_of(query), query.top, start)
        instances = [await self.readable(stored) for stored in page.rows]
        return instances, continuation.to_text(page.continuation) if page.continuation else None

    async def matching_ids(self, query: InstanceQuery) -> list[str]:
        """Return the ids of all matching instances."""
        rows = await self._table.query(filter_of(query))
        return [instance_row.to_instance(stored.row).instance_id for stored in rows]

    async def _with_large_values(self, instance: Instance) -> Instance:
        return replace(
            instance,
            input=await self._resolved(instance.input),
            output=await self._resolved(instance.output),
        )

    async def _resolved(self, value: str | None) -> str | None:
        text = await self._blobs.resolve(value) if value else None
        if text is None or value is None:
            return value
        if value.endswith("ExecutionStarted.json.gz") and "/message-" in value:
            started: str | None = message_data.deserialize(text).event["Input"]
            return started
        return text


def filter_of(query: InstanceQuery) -> str:
    """Return the OData condition of a query, which may be empty and includes entities."""
    parts = []
    if query.prefix:
        first = partition_key(query.prefix)
        after = first[:-1] + chr(ord(first[-1]) + 1)
        parts.append(f"PartitionKey ge '{_quoted(first)}' and PartitionKey lt '{_quoted(after)}'")
    if query.created_from:
        parts.append(f"CreatedTime ge {_datetime(query.created_from)}")
    if query.created_to:
        parts.append(f"CreatedTime le {_datetime(query.created_to)}")
    if query.statuses:
        any_of = " or ".join(f"RuntimeStatus eq '{_quoted(s)}'" for s in query.statuses)
        parts.append(f"({any_of})")
    return " and ".join(parts)


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _datetime(value: datetime) -> str:
    return f"datetime'{timestamps.to_text(value)}'"
