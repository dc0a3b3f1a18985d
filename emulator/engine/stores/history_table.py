"""The History table: load an execution, commit what happened to it, delete it.

A checkpoint is one transaction per 99 events, each guarded by the etag of the sentinel row: who
holds an outdated etag writes nothing. What the events mean is not known here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.engine.model.executor import Event
from emulator.engine.model.partition_keys import partition_key
from emulator.engine.storage.large_messages import BLOB_NAME, LargeMessages, history_blob, too_large
from emulator.engine.storage.rest_client import StorageError
from emulator.engine.storage.table import ANY_ETAG, Stored, Table, Write, equals
from emulator.engine.stores.history_row import SENTINEL, Row, sentinel, to_event, to_row

_BATCH = 99  # a transaction holds 100 rows, the sentinel being one
_LARGEST_CHARACTER = 6  # bytes, escaped
_LARGEST_BATCH = 3 * 1024 * 1024  # a transaction holds 4 MiB


class OutdatedError(Exception):
    """Someone else has written this instance's history since it was read."""


@dataclass(frozen=True, slots=True)
class History:
    """The latest execution of an instance. `execution_id` and `etag` are None where nothing is
    stored; `checkpointed_at` is the time of the last complete checkpoint; `urls` are those of the
    values that are in blobs, by the ordinal of the event."""

    execution_id: str | None
    events: tuple[Event, ...]
    etag: str | None
    checkpointed_at: str | None
    urls: Mapping[int, str] = field(default_factory=dict)


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

    def __init__(self, table: Table, blobs: LargeMessages) -> None:
        self._table = table
        self._blobs = blobs

    async def load(self, instance_id: str) -> History:
        """The latest execution; rows that an older one left behind are passed over."""
        rows = await self.rows(instance_id)
        guard = next((stored for stored in rows if stored.row["RowKey"] == SENTINEL), None)
        if guard is None:
            return NOTHING
        execution_id = rows[0].row["ExecutionId"]
        events: list[Event] = []
        urls: dict[int, str] = {}
        for stored in rows:
            if stored.row["ExecutionId"] != execution_id or stored is guard:
                break
            events.append(to_event(await self._with_blobs(stored.row, len(events), urls)))
        ended = guard.row.get("CheckpointCompletedTimestamp")
        return History(execution_id, tuple(events), guard.etag, str(ended) if ended else None, urls)

    async def rows(self, instance_id: str) -> list[Stored]:
        """Every row of an instance in the order of their keys, the sentinel last."""
        return await self._table.all(equals("PartitionKey", partition_key(instance_id)))

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
        ended = str(guard["CheckpointCompletedTimestamp"])
        return Committed(etag or "", urls, ended)

    async def replace(self, row: Mapping[str, Any]) -> None:
        """Overwrite one row (rewind does)."""
        await self._table.write(Write("PUT", row, ANY_ETAG))

    async def delete(self, instance_id: str) -> None:
        """Delete every row of an instance."""
        rows = await self.rows(instance_id)
        for start in range(0, len(rows), 100):
            part = rows[start : start + 100]
            await self._table.transact([Write("DELETE", s.row, ANY_ETAG) for s in part])

    async def _submit(self, batch: Sequence[Row], guard: Row, etag: str | None) -> str:
        writes = [Write("PUT", row) for row in batch]
        writes.append(Write("PUT", guard, etag) if etag else Write("POST", guard))
        try:
            return await self._table.transact(writes)
        except StorageError as refused:
            if refused.status in (404, 409, 412):
                raise OutdatedError(guard["PartitionKey"]) from refused
            raise

    async def _without_blobs(self, row: Row, ordinal: int, urls: dict[int, str]) -> Row:
        for name, value in list(row.items()):
            if isinstance(value, str) and too_large(value):
                blob = history_blob(row["PartitionKey"], row["RowKey"], row["EventType"], name)
                urls[ordinal] = await self._blobs.put(blob, value)
                row |= {name: "", f"{name}{BLOB_NAME}": blob}
        return row

    async def _with_blobs(
        self, row: Mapping[str, Any], ordinal: int, urls: dict[int, str]
    ) -> Mapping[str, Any]:
        names = [name for name in row if name.endswith(BLOB_NAME)]
        whole = {name: value for name, value in row.items() if name not in names}
        for name in names:
            whole[name.removesuffix(BLOB_NAME)] = await self._blobs.get(row[name])
            urls[ordinal] = self._blobs.url(row[name])
        return whole


def _batches(rows: Sequence[Row]) -> list[list[Row]]:
    batches: list[list[Row]] = [[]]
    size = 0
    for row in rows:
        size += 1024 + _LARGEST_CHARACTER * sum(
            len(value) for value in row.values() if isinstance(value, str)
        )
        if len(batches[-1]) == _BATCH or size > _LARGEST_BATCH:
            batches.append([])
            size = 0
        batches[-1].append(row)
    return batches
