"""The Partitions table, which assigns control queues to workers.

A worker claims free and expired partitions, renews its own, hands over those that another worker
requests, and requests its fair share. Every write is guarded by the row's etag. Reading a queue
without owning it causes repeated work but no damage, because commits are guarded too.
"""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from emulator.engine.model import timestamps
from emulator.engine.storage.rest_client import StorageError
from emulator.engine.storage.table import Table, Write

Row = dict[str, Any]
_ETAG = "etag"  # stored next to the columns of a row that was read


class PartitionLeases:
    """This worker's leases on the partitions of its hub."""

    def __init__(self, table: Table, worker: str, lease_seconds: int) -> None:
        self._table = table
        self._worker = worker
        self._lease = timedelta(seconds=lease_seconds)

    async def refresh(self) -> frozenset[str]:
        """Claim, renew and request partitions, and return the names of the queues to read.

        A queue that another worker requests is no longer included. That worker owns it after
        `release`.
        """
        rows = await self._rows()
        now = timestamps.parse(timestamps.now())
        kept = set()
        for row in rows:
            if await self._claim_or_renew(row, now):
                kept.add(row["RowKey"])
        await self._request_share(rows, len(kept))
        return frozenset(kept)

    async def release(self, names: frozenset[str]) -> None:
        """Release partitions so that another worker, or the next start, can claim them at once."""
        for row in await self._rows():
            if row["RowKey"] in names and row.get("CurrentOwner") == self._worker:
                await self._write(_without_owner(row))

    async def drain(self, names: frozenset[str]) -> None:
        """Mark partitions as those of a worker that is about to stop and still owns them."""
        for row in await self._rows():
            if row["RowKey"] in names and row.get("CurrentOwner") == self._worker:
                await self._write({**row, "IsDraining": True})

    async def _rows(self) -> list[Row]:
        return [{**stored.row, _ETAG: stored.etag} for stored in await self._table.query("")]

    async def _claim_or_renew(self, row: Row, now: datetime) -> bool:
        owner, requester = row.get("CurrentOwner"), row.get("NextOwner")
        valid = "ExpiresAt" in row and now < timestamps.parse(str(row["ExpiresAt"]))
        if owner == self._worker and requester in (None, self._worker):
            return await self._write({**row, **self._renewal(now)})
        if owner == self._worker:
            await self._write({**row, "IsDraining": True})
            return False
        if valid and (owner or requester not in (None, self._worker)):
            return False
        return await self._claim(row, now)

    async def _claim(self, row: Row, now: datetime) -> bool:
        kept = {name: value for name, value in row.items() if name != "NextOwner"}
        claim = {
            "CurrentOwner": self._worker,
            "OwnedSince": timestamps.DateTimeColumn(timestamps.now()),
        }
        return await self._write({**kept, **claim, **self._renewal(now)})

    async def _request_share(self, rows: Sequence[Row], kept: int) -> None:
        """Request one partition of the busiest worker if it has more than its share and we less."""
        requested = sum(row.get("NextOwner") == self._worker for row in rows)
        others = Counter(row["CurrentOwner"] for row in rows if "CurrentOwner" in row)
        del others[self._worker]
        share = len(rows) / (len(others) + 1)
        if not others or kept + requested >= math.floor(share):
            return
        busiest, count = others.most_common(1)[0]
        if count > math.ceil(share):
            theirs = (row for row in rows if row.get("CurrentOwner") == busiest)
            unrequested = next((row for row in theirs if "NextOwner" not in row), None)
            if unrequested:
                await self._write({**unrequested, "NextOwner": self._worker})

    def _renewal(self, now: datetime) -> Row:
        return {
            "LastRenewal": timestamps.DateTimeColumn(timestamps.to_text(now)),
            "ExpiresAt": timestamps.DateTimeColumn(timestamps.to_text(now + self._lease)),
            "IsDraining": False,
        }

    async def _write(self, row: Row) -> bool:
        """Replace a row, or return False if another worker has changed it since it was read."""
        columns = {name: value for name, value in row.items() if name != _ETAG}
        try:
            await self._table.write(Write("PUT", columns, row[_ETAG]))
        except StorageError as error:
            if error.status in (404, 412):
                return False
            raise
        return True


def _without_owner(row: Row) -> Row:
    return {**{k: v for k, v in row.items() if k != "CurrentOwner"}, "IsDraining": False}
