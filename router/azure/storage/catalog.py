"""Store the catalog in one Azure Table: a row per value, changed only under its etag.

The table's errors are raised as Exists, Changed or Unreadable.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableClient
from semver import Version

from router.azure.error_text import already_exists, code_of, describe
from router.azure.storage import catalog_rows
from router.azure.storage.account import Storage
from router.azure.storage.catalog_rows import Key, Stored
from router.azure.storage.row_values import RowValues
from router.azure.storage.table_pages import Deadline, Query, Slice, pages
from router.domain.errors import Changed, Exists, Unreadable
from router.domain.model import Claim, Line, LineEvent, Operation, OperationKind, Release
from router.domain.stored_text import require_known
from router.domain.version import LineId
from router.ports import ClaimPage

_CLAIMS = 200  # on one page, as each is looked at
MOST_EVENTS, _SLACK = 200, 50  # of a line; what is more is deleted, so many at a time
KEPT_OPERATIONS = 50  # of a line
_BY_KEY = "PartitionKey eq @partition and RowKey eq @row"
_ROW_EXISTS, _NO_ROW = "EntityAlreadyExists", "ResourceNotFound"
_NO_TABLE = ("TableNotFound", "TableBeingDeleted")
Etagged = TypeVar("Etagged", Line, Operation, Claim)


class TableCatalog:
    """Implements router.ports.Catalog in a table that is created on first use."""

    def __init__(self, storage: Storage, table: str, limits: Slice | None = None) -> None:
        self._storage = storage
        self._name = table
        self._slice = limits or Slice(page=_CLAIMS)
        self._values = RowValues()
        self._ready: TableClient | None = None
        self._opening = asyncio.Lock()

    async def mark(self, mark: str) -> str:
        with self._map_errors("mark"):
            table, key = await self._table(), catalog_rows.MARK_KEY
            found = [each async for each in table.query_entities(_BY_KEY, parameters=key._asdict())]
        if found:
            return str(found[0]["mark"])
        with suppress(Exists):
            await self._insert(key, {"mark": mark})
            return mark
        return await self.mark(mark)

    async def add_release(self, release: Release) -> None:
        await self._insert(catalog_rows.key_of(release), catalog_rows.to_row(release))

    async def release(self, version: Version) -> Release | None:
        return await self._get(Release, catalog_rows.release_key(version))

    async def releases(self) -> Sequence[Release]:
        found = await self._all(Release, catalog_rows.RELEASES)
        return sorted(found, key=_by_version)

    async def drop_release(self, version: Version) -> None:
        key = catalog_rows.release_key(version)
        await self._delete(key.partition, [key.row])

    async def add_line(self, line: Line) -> Line:
        return await self._add(line)

    async def add_lines(self, lines: Sequence[Line]) -> None:
        new = [
            ("create", _entity(catalog_rows.key_of(line), catalog_rows.to_row(line)))
            for line in lines
        ]
        with self._map_errors("add lines to"):
            if new:
                await (await self._table()).submit_transaction(new)

    async def replace_line(self, line: Line) -> Line:
        return await self._replace(line)

    async def line(self, line: LineId) -> Line | None:
        return await self._get(Line, catalog_rows.line_key(line))

    async def lines(self) -> Sequence[Line]:
        found = await self._all(Line, catalog_rows.LINES)
        return sorted(found, key=lambda line: line.id)

    async def add_operation(self, operation: Operation) -> Operation:
        return await self._add(operation)

    async def replace_operation(self, operation: Operation) -> Operation:
        return await self._replace(operation)

    async def operation(self, operation_id: str) -> Operation | None:
        return await self._get(Operation, catalog_rows.operation_key(operation_id))

    async def add_claim(self, claim: Claim) -> Claim:
        return await self._add(claim)

    async def replace_claim(self, claim: Claim) -> Claim:
        return await self._replace(claim)

    async def claim(self, instance_id: str) -> Claim | None:
        return await self._get(Claim, catalog_rows.claim_key(instance_id))

    async def claims(self, line: LineId, cursor: str | None = None) -> ClaimPage:
        partition = {"partition": catalog_rows.CLAIMS, "line": str(line)}
        query = Query("PartitionKey eq @partition and line eq @line", partition)
        deadline = Deadline(self._slice.seconds)
        with self._map_errors("list the claims of"):
            async for page in pages(await self._table(), query, cursor, self._slice.page):
                if page.rows or page.cursor is None or deadline.is_over:
                    found = [_value(Claim, entity) for entity in page.rows]
                    return ClaimPage(found, page.cursor)
        return ClaimPage(())

    async def drop_claim(self, claim: Claim) -> None:
        key = catalog_rows.key_of(claim)
        with (
            self._map_errors(f"remove {key.partition} {key.row} from"),
            suppress(ResourceModifiedError),
        ):
            table = await self._table()
            await table.delete_entity(
                *key, etag=claim.etag, match_condition=MatchConditions.IfNotModified
            )

    async def add_event(self, line: LineId, event: LineEvent) -> None:
        # The key is derived from the text, so that recording an event again has no effect.
        unique = hashlib.sha256(event.what.encode()).hexdigest()[:12]
        key = catalog_rows.event_key(line, event, unique)
        query = Query("PartitionKey eq @partition", {"partition": key.partition}, ["RowKey"])
        found = await self._keys(query)
        if any(known.endswith(f"-{unique}") for known in found[:1]):
            return  # the latest event says the same
        with suppress(Exists):
            await self._insert(key, catalog_rows.to_row(event))
        if len(found) >= MOST_EVENTS + _SLACK:
            await self._delete(key.partition, found[MOST_EVENTS - 1 :])

    async def drop_operations(self, line: Line) -> None:
        kept = {line.operation, line.retirement}
        for kind in OperationKind:
            first, last = catalog_rows.operation_keys(kind, line.id)
            query = Query(
                "PartitionKey eq @partition and RowKey ge @first and RowKey lt @last",
                {"partition": catalog_rows.OPERATIONS, "first": first, "last": last},
                ["RowKey"],
            )
            old = [
                key
                for key in await self._keys(query)
                if int(key.removeprefix(first)) <= line.operations - KEPT_OPERATIONS
            ]
            await self._delete(catalog_rows.OPERATIONS, [key for key in old if key not in kept])

    async def events(self, line: LineId, top: int = 50) -> Sequence[LineEvent]:
        query = Query(
            "PartitionKey eq @partition", {"partition": catalog_rows.events_partition(line)}
        )
        with self._map_errors("list the events of"):
            found: list[LineEvent] = []
            async for page in pages(await self._table(), query, None, top):
                found += [_value(LineEvent, entity) for entity in page.rows]
                if len(found) >= top:
                    break
        return found[:top]

    async def _add(self, value: Etagged) -> Etagged:
        etag = await self._insert(catalog_rows.key_of(value), catalog_rows.to_row(value))
        return replace(value, etag=etag)

    async def _insert(self, key: Key, columns: Mapping[str, Any]) -> str:
        with self._map_errors(f"add {key.partition} {key.row} to"):
            table = await self._table()
            return _etag(await table.create_entity(_entity(key, columns)))

    async def _replace(self, value: Etagged) -> Etagged:
        key = catalog_rows.key_of(value)
        require_known(f"The row {key.partition} {key.row}", value)
        with self._map_errors(f"replace {key.partition} {key.row} in"):
            table = await self._table()
            answer = await table.update_entity(
                _entity(key, catalog_rows.to_row(value)),
                mode=UpdateMode.REPLACE,
                etag=value.etag,
                match_condition=MatchConditions.IfNotModified,
            )
            return replace(value, etag=_etag(answer))

    async def _get(self, kind: type[Stored], key: Key) -> Stored | None:
        with self._map_errors(f"read {key.partition} {key.row} of"):
            table = await self._table()
            try:
                found = await table.get_entity(key.partition, key.row)
            except ResourceNotFoundError as error:
                if code_of(error) != _NO_ROW:
                    raise
                return None
            return _value(kind, found)

    async def _all(self, kind: type[Stored], partition: str) -> list[Stored]:
        with self._map_errors(f"list every {partition} of"):
            return await self._values.listed(await self._table(), kind, partition)

    async def _keys(self, query: Query) -> list[str]:
        """Return the row keys that a query finds on its first page, in their order."""
        with self._map_errors("list rows of"):
            async for page in pages(await self._table(), query, None):
                return [str(each["RowKey"]) for each in page.rows]
        return []

    async def _delete(self, partition: str, keys: Sequence[str]) -> None:
        with self._map_errors(f"delete old rows of {partition} in"):
            table = await self._table()
            for key in keys:
                await table.delete_entity(partition, key)

    async def _table(self) -> TableClient:
        async with self._opening:
            if self._ready is None:
                table = self._storage.tables.get_table_client(self._name)
                try:
                    await table.create_table()
                except ResourceExistsError as error:
                    if not already_exists(error):
                        raise
                self._ready = table
        return self._ready

    @contextmanager
    def _map_errors(self, attempt: str) -> Iterator[None]:
        """Raise the table's errors as the catalog's."""
        try:
            yield
        except AzureError as error:
            raise self._mapped(error, attempt) from error
        except AttributeError as error:
            if not isinstance(error.__context__, AzureError):
                raise
            # azure-data-tables fails like this on an incomplete response to a write.
            raise Unreadable(
                f"Could not {attempt} the catalog: the response was incomplete."
            ) from error
        except (KeyError, ValueError) as error:
            raise Unreadable(f"Could not {attempt} the catalog: a row is invalid.") from error

    def _mapped(self, error: AzureError, attempt: str) -> Exception:
        code = code_of(error)
        if code == _ROW_EXISTS:
            return Exists(f"Could not {attempt} the catalog: it already exists.")
        if code == _NO_ROW:
            return Changed(f"Could not {attempt} the catalog: it no longer exists.")
        if isinstance(error, ResourceModifiedError):
            return Changed(f"Could not {attempt} the catalog: it has changed.")
        if code in _NO_TABLE:
            self._ready = None  # deleted by hand; the next call creates it again
        return Unreadable(f"Could not {attempt} the catalog: {describe(error)}.")


def _by_version(release: Release) -> tuple[int, int, int, Version]:
    """Return a key that seldom compares versions themselves, which takes long."""
    version = release.version
    return version.major, version.minor, version.patch, version


def _entity(key: Key, columns: Mapping[str, Any]) -> dict[str, Any]:
    return {"PartitionKey": key.partition, "RowKey": key.row, **columns}


def _value(kind: type[Stored], entity: TableEntity) -> Stored:
    return catalog_rows.from_row(kind, entity, str(entity.metadata["etag"]))


def _etag(answer: Mapping[str, Any]) -> str:
    return str(answer["etag"])
