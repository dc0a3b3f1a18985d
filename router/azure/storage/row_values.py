"""List all rows of a partition again and again at little cost.

A listing asks for the keys and etags alone, and reads the few rows that have changed since the last
one. The parsing of many rows lets other work run every few milliseconds.
"""

import asyncio
import time
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from router.azure.error_text import code_of
from router.azure.storage.catalog_rows import Stored, from_row

_KEYS, _ROWS = 200, 50  # on one page, which the SDK parses at once
_FEW = 40  # changed rows that are read one by one
_CONCURRENCY = 8
_SECONDS = 0.005
_QUERY = "PartitionKey eq @partition"


class RowValues:
    """The values of the rows that were listed last, by partition and key, with their etags."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, tuple[str, Any]]] = {}
        self._turn = 0.0

    async def listed(self, table: TableClient, kind: type[Stored], partition: str) -> list[Stored]:
        """Return the values of all rows of a partition, each as it is now or was since the call.

        Raises AzureError, or KeyError or ValueError for an invalid row.
        """
        known = self._known.get(partition, {})
        etags = await self._etags(table, partition) if known else {}
        changed = [row for row in etags if row not in known or known[row][0] != etags[row]]
        if not known or len(changed) > _FEW:
            known = await self._all(table, kind, partition)
        else:
            kept = {row: known[row] for row in etags if row not in changed}
            known = kept | await self._some(table, kind, partition, changed)
        self._known[partition] = known
        return [value for _, value in known.values()]

    async def _etags(self, table: TableClient, partition: str) -> dict[str, str]:
        parameters = {"partition": partition}
        found = table.query_entities(
            _QUERY, parameters=parameters, select=["RowKey"], results_per_page=_KEYS
        )
        return {row["RowKey"]: _etag(row) async for row in found}

    async def _all(
        self, table: TableClient, kind: type[Stored], partition: str
    ) -> dict[str, tuple[str, Any]]:
        values: dict[str, tuple[str, Any]] = {}
        parameters = {"partition": partition}
        async for row in table.query_entities(
            _QUERY, parameters=parameters, results_per_page=_ROWS
        ):
            await self._take_turns()
            values[row["RowKey"]] = _value(kind, row)
        return values

    async def _some(
        self, table: TableClient, kind: type[Stored], partition: str, keys: list[str]
    ) -> dict[str, tuple[str, Any]]:
        slots = asyncio.Semaphore(_CONCURRENCY)

        async def read(key: str) -> TableEntity | None:
            try:
                async with slots:
                    return await table.get_entity(partition, key)
            except ResourceNotFoundError as error:
                if code_of(error) != "ResourceNotFound":
                    raise
                return None

        found = zip(keys, await asyncio.gather(*map(read, keys)), strict=True)
        return {key: _value(kind, row) for key, row in found if row is not None}

    async def _take_turns(self) -> None:
        if time.monotonic() - self._turn > _SECONDS:
            await asyncio.sleep(0)
            self._turn = time.monotonic()


def _value(kind: type[Stored], row: TableEntity) -> tuple[str, Stored]:
    etag = _etag(row)
    return etag, from_row(kind, row, etag)


def _etag(row: TableEntity) -> str:
    return str(row.metadata["etag"])
