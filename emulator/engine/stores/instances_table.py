"""The Instances table: one row per instance, for starts, checkpoints, status and lists.

Large values are written and read here; whether a start is allowed is decided by the caller.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from emulator.engine.messages import message_data
from emulator.engine.model import timestamps
from emulator.engine.model.instance import Instance, InstanceQuery
from emulator.engine.model.partition_keys import partition_key
from emulator.engine.storage.large_messages import BLOB_NAME, LargeMessages, history_blob, too_large
from emulator.engine.storage.rest_client import StorageError
from emulator.engine.storage.table import ANY_ETAG, Stored, Table, Write
from emulator.engine.stores import instance_row


class InstancesTable:
    """The Instances table of one hub; on a shared store it holds other hubs' rows as well."""

    def __init__(self, table: Table, blobs: LargeMessages) -> None:
        self._table = table
        self._blobs = blobs

    async def row(self, instance_id: str) -> Stored | None:
        """The row as it is, with its etag; None if there is none."""
        return await self._table.get(partition_key(instance_id), "")

    async def get(self, instance_id: str, *, fetch_large: bool) -> Instance | None:
        """The instance. Raises LargeMessageGoneError."""
        stored = await self.row(instance_id)
        if stored is None:
            return None
        instance = instance_row.to_instance(stored.row)
        return await self._fetched(instance) if fetch_large else instance

    async def insert(self, row: Mapping[str, Any], *, over: Stored | None) -> bool:
        """Write a start's row where there is none, or over one that was read; False if someone
        else was faster. An input that is small enough for a queue may be too large for a row."""
        text = row.get("Input")
        if text is not None and too_large(text):
            blob = history_blob(row["PartitionKey"], "", "Input", "Input")
            await self._blobs.put(blob, text)
            row = {**row, "Input": "", f"Input{BLOB_NAME}": blob}
        try:
            await self._table.write(Write("PUT", row, over.etag) if over else Write("POST", row))
        except StorageError as refused:
            if refused.status not in (404, 409, 412):
                raise
            # It may have been this very write, made again because its answer was lost.
            stored = await self._table.get(row["PartitionKey"], "")
            return stored is not None and stored.row["ExecutionId"] == row["ExecutionId"]
        return True

    async def merge(self, instance_id: str, columns: Mapping[str, Any]) -> None:
        """Change some columns; makes the row if there is none."""
        await self._table.write(Write("PATCH", {**instance_row.key(instance_id), **columns}))

    async def merge_if_unchanged(self, stored: Stored, columns: Mapping[str, Any]) -> bool:
        """Change some columns of a row that was read; False if it is no longer as it was."""
        keys = {name: stored.row[name] for name in ("PartitionKey", "RowKey")}
        try:
            await self._table.write(Write("PATCH", {**keys, **columns}, stored.etag))
        except StorageError as refused:
            if refused.status in (404, 412):
                return False
            raise
        return True

    async def delete(self, instance_id: str) -> None:
        """Delete the row. Raises StorageError 404 if there is none."""
        await self._table.write(Write("DELETE", instance_row.key(instance_id), ANY_ETAG))

    async def page(self, query: InstanceQuery) -> tuple[list[Instance], str | None]:
        """One page as storage cuts it, and the token of the next one."""
        start = json.loads(base64.b64decode(query.continuation)) if query.continuation else None
        page = await self._table.page(filter_of(query), query.top, start)
        found = [await self._fetched(instance_row.to_instance(s.row)) for s in page.rows]
        if page.continuation is None:
            return found, None
        return found, base64.b64encode(json.dumps(page.continuation).encode()).decode()

    async def matching(self, query: InstanceQuery) -> list[str]:
        """The ids of all instances that match, over every page."""
        rows = await self._table.all(filter_of(query))
        return [instance_row.to_instance(stored.row).instance_id for stored in rows]

    async def _fetched(self, instance: Instance) -> Instance:
        return replace(
            instance,
            input=await self._whole(instance.input),
            output=await self._whole(instance.output),
        )

    async def _whole(self, value: str | None) -> str | None:
        text = await self._blobs.follow(value) if value else None
        if text is None or value is None:
            return value
        if value.endswith("ExecutionStarted.json.gz") and "/message-" in value:
            started: str | None = message_data.read(text).event["Input"]
            return started
        return text


def filter_of(query: InstanceQuery) -> str:
    """The OData condition of a query; empty if it has none. Entities are instances too."""
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
    return f"datetime'{timestamps.text(value)}'"
