"""The History table: loads an execution, commits its checkpoints and deletes it.

A checkpoint is one transaction per 99 events. Each is guarded by the etag of the sentinel row, so a
writer with a stale etag writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.engine.model.executor import Event
from emulator.engine.model.partition_keys import partition_key
from emulator.engine.storage.large_messages import (
    BLOB_NAME_SUFFIX,
    LargeMessages,
    history_blob_name,
    too_large,
)
from emulator.engine.storage.rest_client import StorageError
from emulator.engine.storage.table import ANY_ETAG, StoredRow, Table, Write, equals
from emulator.engine.stores.history_row import SENTINEL, Row, sentinel, to_event, to_row

_BATCH = 99  # a transaction holds 100 rows including the sentinel
_MAX_CHARACTER_BYTES = 6  # when escaped
_MAX_BATCH_BYTES = 3 * 1024 * 1024  # a transaction holds 4 MiB


class StaleHistoryError(Exception):
    """Another writer has changed this instance's history since it was read."""


@dataclass(frozen=True, slots=True)
class History:
    """The latest execution of an instance.

    `execution_id` and `etag` are None if nothing is stored. `checkpointed_at` is the time of the
    last complete checkpoint. `urls` holds the URLs of values in blobs by the ordinal of their
    event.
    """

    execution_id: str | None
    events: tuple[Event, ...]
    etag: str | None
    checkpointed_at: str | None
    urls: Mapping[int, str] = field(default_factory=dict)


NO_HISTORY = History(None, (), None, None)


@dataclass(frozen=True, slots=True)
class CommitResult:
    """The new etag after a checkpoint, and the URLs of offloaded values by event ordinal."""

    etag: str
    urls: Mapping[int, str]
    checkpointed_at: str


class HistoryTable:
    """The History table of one hub."""

    def __init__(self, table: Table, blobs: LargeMessages) -> None:
        self._table = table
        self._blobs = blobs

    async def load(self, instance_id: str) -> History:
        """Return the latest execution, ignoring rows left behind by an older one."""
        rows = await self.rows(instance_id)
        guard = next((stored for stored in rows if stored.row["RowKey"] == SENTINEL), None)
        if guard is None:
            return NO_HISTORY
        execution_id = rows[0].row["ExecutionId"]
        events: list[Event] = []
        urls: dict[int, str] = {}
        for stored in rows:
            if stored.row["ExecutionId"] != execution_id or stored is guard:
                break
            events.append(to_event(await self._inline(stored.row, len(events), urls)))
        checkpointed_at = guard.row.get("CheckpointCompletedTimestamp")
        return History(
            execution_id,
            tuple(events),
            guard.etag,
            str(checkpointed_at) if checkpointed_at else None,
            urls,
        )

    async def rows(self, instance_id: str) -> list[StoredRow]:
        """Return all rows of an instance in key order, the sentinel last."""
        return await self._table.query(equals("PartitionKey", partition_key(instance_id)))

    async def commit(
        self,
        instance_id: str,
        execution_id: str,
        events: Sequence[Event],
        *,
        first: int,
        etag: str | None,
    ) -> CommitResult:
        """Append events, the first of which has ordinal `first` in its execution.

        `etag` is the expected etag of the sentinel, or None if there must be no sentinel. Raises
        StaleHistoryError.
        """
        urls: dict[int, str] = {}
        rows = []
        for ordinal, event in enumerate(events, first):
            row = to_row(event, instance_id, execution_id, ordinal)
            rows.append(await self._offload(row, ordinal, urls))
        batches = list(_batches(rows))
        for batch in batches:
            guard = sentinel(instance_id, execution_id, complete=batch is batches[-1])
            etag = await self._submit(batch, guard, etag)
        checkpointed_at = str(guard["CheckpointCompletedTimestamp"])
        return CommitResult(etag or "", urls, checkpointed_at)

    async def replace(self, row: Mapping[str, Any]) -> None:
        """Overwrite one row, as a rewind does."""
        await self._table.write(Write("PUT", row, ANY_ETAG))

    async def delete(self, instance_id: str) -> None:
        """Delete all rows of an instance."""
        rows = await self.rows(instance_id)
        for start in range(0, len(rows), 100):
            part = rows[start : start + 100]
            await self._table.transact([Write("DELETE", s.row, ANY_ETAG) for s in part])

    async def _submit(self, batch: Sequence[Row], guard: Row, etag: str | None) -> str:
        writes = [Write("PUT", row) for row in batch]
        writes.append(Write("PUT", guard, etag) if etag else Write("POST", guard))
        try:
            return await self._table.transact(writes)
        except StorageError as error:
            if error.status in (404, 409, 412):
                raise StaleHistoryError(guard["PartitionKey"]) from error
            raise

    async def _offload(self, row: Row, ordinal: int, urls: dict[int, str]) -> Row:
        for name, value in list(row.items()):
            if isinstance(value, str) and too_large(value):
                blob = history_blob_name(row["PartitionKey"], row["RowKey"], row["EventType"], name)
                urls[ordinal] = await self._blobs.put(blob, value)
                row |= {name: "", f"{name}{BLOB_NAME_SUFFIX}": blob}
        return row

    async def _inline(
        self, row: Mapping[str, Any], ordinal: int, urls: dict[int, str]
    ) -> Mapping[str, Any]:
        names = [name for name in row if name.endswith(BLOB_NAME_SUFFIX)]
        inlined = {name: value for name, value in row.items() if name not in names}
        for name in names:
            inlined[name.removesuffix(BLOB_NAME_SUFFIX)] = await self._blobs.get(row[name])
            urls[ordinal] = self._blobs.url(row[name])
        return inlined


def _batches(rows: Sequence[Row]) -> list[list[Row]]:
    batches: list[list[Row]] = [[]]
    size = 0
    for row in rows:
        size += 1024 + _MAX_CHARACTER_BYTES * sum(
            len(value) for value in row.values() if isinstance(value, str)
        )
        if len(batches[-1]) == _BATCH or size > _MAX_BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(row)
    return batches
