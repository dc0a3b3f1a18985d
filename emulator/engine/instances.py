"""The Instances table: one row per instance, for starts, checkpoints, status and lists.

Large values are written and read here; whether a start is allowed is decided by the caller.
"""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

from emulator.engine import envelope, instance_row, moment
from emulator.engine.blobs import LargeMessages
from emulator.engine.instance import Instance, InstanceQuery
from emulator.engine.partition import partition_key


class InstancesTable:
    """The Instances table of one hub; on a shared store it holds other hubs' rows as well."""

    def __init__(self, table: TableClient, blobs: LargeMessages) -> None:
        self._table = table
        self._blobs = blobs

    async def row(self, instance_id: str) -> Any | None:
        """The row as it is, with its etag; None if there is none."""
        try:
            return await self._table.get_entity(partition_key(instance_id), "")
        except ResourceNotFoundError:
            return None

    async def get(self, instance_id: str, *, fetch_large: bool) -> Instance | None:
        """The instance. Raises LargeMessageGoneError."""
        row = await self.row(instance_id)
        if row is None:
            return None
        instance = instance_row.to_instance(row)
        return await self._fetched(instance) if fetch_large else instance

    async def insert(self, row: Mapping[str, Any], *, over_etag: str | None) -> None:
        """Write a start's row where there is none, or over the one with this etag.

        Raises ResourceExistsError or ResourceModifiedError when someone else was faster.
        """
        if over_etag is None:
            await self._table.create_entity(row)
        else:
            await self._table.update_entity(
                row,
                mode="replace",
                etag=over_etag,
                match_condition=MatchConditions.IfNotModified,
            )

    async def merge(self, instance_id: str, columns: Mapping[str, Any]) -> None:
        """Change some columns; makes the row if there is none."""
        await self._table.upsert_entity({**instance_row.key(instance_id), **columns}, mode="merge")

    async def merge_if(self, row: Any, columns: Mapping[str, Any]) -> None:
        """Change some columns of a row that was read. Raises ResourceModifiedError."""
        await self._table.update_entity(
            {"PartitionKey": row["PartitionKey"], "RowKey": "", **columns},
            mode="merge",
            etag=row.metadata["etag"],
            match_condition=MatchConditions.IfNotModified,
        )

    async def delete(self, instance_id: str) -> None:
        await self._table.delete_entity(partition_key(instance_id), "")

    async def page(self, query: InstanceQuery) -> tuple[list[Instance], str | None]:
        """One page as storage cuts it, and the token of the next one."""
        start = json.loads(base64.b64decode(query.continuation)) if query.continuation else None
        pages = self._rows(query, query.top).by_page(start)
        async for page in pages:
            found = [await self._fetched(instance_row.to_instance(row)) async for row in page]
            token: Any = pages.continuation_token
            return found, base64.b64encode(json.dumps(token).encode()).decode() if token else None
        return [], None

    async def matching(self, query: InstanceQuery) -> AsyncIterator[str]:
        """The ids of all instances that match, over every page."""
        async for row in self._rows(query, None):
            yield instance_row.to_instance(row).instance_id

    def _rows(self, query: InstanceQuery, top: int | None) -> Any:
        condition = filter_of(query)
        if not condition:
            return self._table.list_entities(results_per_page=top)
        return self._table.query_entities(condition, results_per_page=top)

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
            started: str | None = envelope.read(text).event["Input"]
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
    return f"datetime'{moment.text(value)}'"
