"""The History table: load an execution, commit what happened to it, delete it.

A checkpoint is one transaction per 99 events, each guarded by the etag of the sentinel row: who
holds an outdated etag writes nothing. What the events mean is not known here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableTransactionError
from azure.data.tables.aio import TableClient

from emulator.engine import moment
from emulator.engine.blobs import LargeMessages, history_blob, too_large
from emulator.engine.history_row import SENTINEL, Row, sentinel, to_event, to_row
from emulator.engine.partition import partition_key
from emulator.engine.turn import Event

_BATCH = 99  # a transaction holds 100 rows, the sentinel being one
_BLOB_NAME = "BlobName"
_LARGEST_BATCH = 3 * 1024 * 1024  # a transaction holds 4 MiB


class OutdatedError(Exception):
    """Someone else has written this instance's history since it was read."""


@dataclass(frozen=True, slots=True)
class History:
    """The latest execution of an instance. `execution_id` and `etag` are None where nothing is
    stored; `checkpointed_at` is the time of the last complete checkpoint."""

    execution_id: str | None
    events: tuple[Event, ...]
    etag: str | None
    checkpointed_at: str | None


NOTHING = History(None, (), None, None)


@dataclass(frozen=True, slots=True)
class Committed:
    """What a checkpoint left: the new etag, and the URLs of the values that went to blobs, by
    the ordinal of the event."""

    etag: str
    urls: Mapping[int, str]
    checkpointed_at: str


class HistoryTable:
    """The History table of one hub."""

    def __init__(self, table: TableClient, blobs: LargeMessages) -> None:
        self._table = table
        self._blobs = blobs

    async def load(self, instance_id: str) -> History:
        """The latest execution; rows that an older one left behind are passed over."""
        rows = await self.rows(instance_id)
        guard = next((row for row in rows if row["RowKey"] == SENTINEL), None)
        if guard is None:
            return NOTHING
        execution_id = rows[0]["ExecutionId"]
        events = []
        for row in rows:
            if row["ExecutionId"] != execution_id or row["RowKey"] == SENTINEL:
                break
            events.append(to_event(await self._with_blobs(row)))
        ended = guard.get("CheckpointCompletedTimestamp")
        return History(
            execution_id if events else guard["ExecutionId"],
            tuple(events),
            guard.metadata["etag"],
            moment.from_column(ended) if ended else None,
        )

    async def rows(self, instance_id: str) -> list[Any]:
        """Every row of an instance in the order of their keys, the sentinel last."""
        query = self._table.query_entities(
            "PartitionKey eq @key", parameters={"key": partition_key(instance_id)}
        )
        return [row async for row in query]

    async def commit(
        self,
        instance_id: str,
        execution_id: str,
        events: Sequence[Event],
        *,
        first: int,
        etag: str | None,
    ) -> Committed:
        """Append events, the first of them being number `first` of its execution.

        `etag` is that of the sentinel; None means there must be none. Raises OutdatedError.
        """
        urls: dict[int, str] = {}
        rows = []
        for ordinal, event in enumerate(events, first):
            row = to_row(event, instance_id, execution_id, ordinal)
            rows.append(await self._without_blobs(row, ordinal, urls))
        batches = list(_batches(rows))
        for batch in batches:
            guard = sentinel(instance_id, execution_id, complete=batch is batches[-1])
            etag = await self._submit(batch, guard, etag)
        ended = moment.from_column(guard["CheckpointCompletedTimestamp"])
        return Committed(etag or "", urls, ended)

    async def replace(self, row: Mapping[str, Any]) -> None:
        """Overwrite one row (rewind does)."""
        await self._table.update_entity(row, mode="replace")

    async def delete(self, instance_id: str) -> None:
        """Delete every row of an instance."""
        rows = await self.rows(instance_id)
        for start in range(0, len(rows), 100):
            part = rows[start : start + 100]
            await self._table.submit_transaction([("delete", row) for row in part])

    async def _submit(self, batch: Sequence[Row], guard: Row, etag: str | None) -> str:
        operations: list[Any] = [("upsert", row, {"mode": "replace"}) for row in batch]
        if etag is None:
            operations.append(("create", guard))
        else:
            match = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
            operations.append(("update", guard, {"mode": "replace", **match}))
        try:
            written = await self._table.submit_transaction(operations)
        except (ResourceModifiedError, ResourceNotFoundError, ResourceExistsError) as conflict:
            raise OutdatedError(guard["PartitionKey"]) from conflict
        except (TableTransactionError, HttpResponseError) as failed:
            if failed.status_code in (404, 409, 412):
                raise OutdatedError(guard["PartitionKey"]) from failed
            raise
        return str(written[-1]["etag"])

    async def _without_blobs(self, row: Row, ordinal: int, urls: dict[int, str]) -> Row:
        for name, value in list(row.items()):
            if isinstance(value, str) and too_large(value):
                blob = history_blob(row["PartitionKey"], row["RowKey"], row["EventType"], name)
                urls[ordinal] = await self._blobs.put(blob, value)
                row |= {name: "", f"{name}{_BLOB_NAME}": blob}
        return row

    async def _with_blobs(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        names = [name for name in row if name.endswith(_BLOB_NAME)]
        if not names:
            return row
        whole = {name: value for name, value in row.items() if name not in names}
        for name in names:
            whole[name.removesuffix(_BLOB_NAME)] = await self._blobs.get(row[name])
        return whole


def _batches(rows: Sequence[Row]) -> list[list[Row]]:
    batches: list[list[Row]] = [[]]
    size = 0
    for row in rows:
        size += 1024 + 2 * sum(len(value) for value in row.values() if isinstance(value, str))
        if len(batches[-1]) == _BATCH or size > _LARGEST_BATCH:
            batches.append([])
            size = 0
        batches[-1].append(row)
    return batches
