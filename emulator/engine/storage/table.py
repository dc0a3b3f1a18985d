"""Access to one storage table: get, write, query and transactions.

Rows are plain mappings with times as `timestamps.DateTimeColumn`. Uses `RestClient` for speed.
"""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from emulator.engine.model import timestamps
from emulator.engine.storage.rest_client import RestClient, StorageError

Row = Mapping[str, Any]
ANY_ETAG = "*"
_READ_HEADERS = {"Accept": "application/json;odata=minimalmetadata"}
_WRITE_HEADERS = {
    **_READ_HEADERS,
    "Content-Type": "application/json",
    "Prefer": "return-no-content",
}
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_ETAG = re.compile(rb"ETag: *([^\r\n]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as it was read, with its etag."""

    row: dict[str, Any]
    etag: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a query, without `continuation` if it is the last one."""

    rows: list[StoredRow]
    continuation: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Write:
    """A write of one row.

    Verb POST inserts, PUT replaces, PATCH merges and DELETE deletes. PUT and PATCH without an etag
    also insert.
    """

    verb: str
    row: Row
    etag: str | None = None


class Table:
    """One table. Every method raises StorageError (404, 409, 412 …) when storage refuses."""

    def __init__(self, client: RestClient, name: str) -> None:
        self._client = client
        self._name = name

    async def get(self, partition_key: str, row_key: str) -> StoredRow | None:
        """Return one row, or None if it does not exist."""
        try:
            path = f"/{self._row_path(partition_key, row_key)}"
            response = await self._client.call("GET", path, headers=_READ_HEADERS, lite=True)
        except StorageError as error:
            if error.status == 404:
                return None
            raise
        return _deserialize(json.loads(response.body))

    async def write(self, write: Write) -> str:
        """Write one row and return its new etag."""
        headers = _WRITE_HEADERS if write.verb != "DELETE" else _READ_HEADERS
        if write.etag:
            headers = {**headers, "If-Match": write.etag}
        body = b"" if write.verb == "DELETE" else _serialize(write.row)
        path = f"/{self._write_path(write)}"
        response = await self._client.call(write.verb, path, headers=headers, body=body, lite=True)
        return response.headers.get("ETag", "")

    async def transact(self, writes: Sequence[Write]) -> str:
        """Apply all writes or none, and return the last etag.

        At most 100 writes, all of one partition.
        """
        batch = f"batch_{uuid.uuid4()}"
        headers = {**_READ_HEADERS, "Content-Type": f"multipart/mixed; boundary={batch}"}
        headers |= {"DataServiceVersion": "3.0", "MaxDataServiceVersion": "3.0;NetFx"}
        body = self._multipart(batch, writes)
        response = await self._client.call("POST", "/$batch", headers=headers, body=body, lite=True)
        for status in map(int, _STATUS.findall(response.body)):
            if status >= 400:
                raise StorageError(status, response.body.decode(errors="replace"))
        etags = _ETAG.findall(response.body)
        return etags[-1].decode() if etags else ""

    async def query_page(
        self, condition: str, top: int | None = None, start: Mapping[str, str] | None = None
    ) -> Page:
        """Return one page of the rows matching an OData condition, which may be empty."""
        query = {"$filter": condition} if condition else {}
        if top is not None:
            query["$top"] = str(top)
        response = await self._client.call(
            "GET",
            f"/{self._name}()",
            query={**query, **(start or {})},
            headers=_READ_HEADERS,
            lite=True,
        )
        rows = [_deserialize(row) for row in json.loads(response.body)["value"]]
        following = {
            name: response.headers[f"x-ms-continuation-{name}"]
            for name in ("NextPartitionKey", "NextRowKey")
            if f"x-ms-continuation-{name}" in response.headers
        }
        return Page(rows, following or None)

    async def query(self, condition: str) -> list[StoredRow]:
        """Return the matching rows of all pages."""
        page = await self.query_page(condition)
        rows = page.rows
        while page.continuation:
            page = await self.query_page(condition, start=page.continuation)
            rows += page.rows
        return rows

    def _row_path(self, partition_key: str, row_key: str) -> str:
        partition, row = _quoted_key(partition_key), _quoted_key(row_key)
        return f"{self._name}(PartitionKey='{partition}',RowKey='{row}')"

    def _write_path(self, write: Write) -> str:
        if write.verb == "POST":
            return self._name
        return self._row_path(write.row["PartitionKey"], write.row["RowKey"])

    def _multipart(self, batch: str, writes: Sequence[Write]) -> bytes:
        changeset = f"changeset_{uuid.uuid4()}"
        parts = [
            f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changeset}\r\n\r\n".encode()
        ]
        for write in writes:
            condition = f"If-Match: {write.etag}\r\n" if write.etag else ""
            head = (
                f"--{changeset}\r\nContent-Type: application/http\r\n"
                "Content-Transfer-Encoding: binary\r\n\r\n"
                f"{write.verb} {self._client.endpoint}/{self._write_path(write)} HTTP/1.1\r\n"
                "Accept: application/json;odata=minimalmetadata\r\n"
                "Content-Type: application/json\r\nPrefer: return-no-content\r\n"
                f"DataServiceVersion: 3.0;\r\n{condition}\r\n"
            )
            body = b"" if write.verb == "DELETE" else _serialize(write.row)
            parts.append(head.encode() + body + b"\r\n")
        parts.append(f"--{changeset}--\r\n--{batch}--\r\n".encode())
        return b"".join(parts)


def equals(column: str, value: str) -> str:
    """Return an OData equality condition."""
    return f"{column} eq '{value.replace(chr(39), chr(39) * 2)}'"


def _quoted_key(value: str) -> str:
    return quote(value.replace("'", "''"), safe="")


def _serialize(row: Row) -> bytes:
    typed: dict[str, Any] = {}
    for name, value in row.items():
        typed[name] = value
        if isinstance(value, timestamps.DateTimeColumn):
            typed[f"{name}@odata.type"] = "Edm.DateTime"
    # ASCII only, like the Azure SDKs: Azurite cannot parse a transaction that contains U+2028.
    return json.dumps(typed, separators=(",", ":")).encode()


def _deserialize(entity: Mapping[str, Any]) -> StoredRow:
    row = {
        name: timestamps.DateTimeColumn(timestamps.pad(value))
        if entity.get(f"{name}@odata.type") == "Edm.DateTime"
        else value
        for name, value in entity.items()
        if "odata." not in name and name != "Timestamp"
    }
    return StoredRow(row, entity["odata.etag"])
