"""One storage table, by rows: get, write, query, transactions.

Rows are plain mappings; a time is a `moment.Column`. Goes over the wire, for speed (see there).
What the columns mean is not known here.
"""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from emulator.engine.model import timestamps
from emulator.engine.storage.rest_client import StorageError, Wire

Row = Mapping[str, Any]
ANY_ETAG = "*"
_JSON = {"Accept": "application/json;odata=minimalmetadata"}
_SENT = {**_JSON, "Content-Type": "application/json", "Prefer": "return-no-content"}
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_ETAG = re.compile(rb"ETag: *([^\r\n]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as it was read, and its etag."""

    row: dict[str, Any]
    etag: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a query; `continuation` is None on the last."""

    rows: list[Stored]
    continuation: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Write:
    """A write of one row. Verb POST inserts, PUT replaces, PATCH merges, DELETE deletes; without
    an etag PUT and PATCH also insert."""

    verb: str
    row: Row
    etag: str | None = None


class Table:
    """One table. Every method raises StorageError (404, 409, 412 …) where storage refuses."""

    def __init__(self, wire: Wire, name: str) -> None:
        self._wire = wire
        self._name = name

    async def get(self, partition_key: str, row_key: str) -> Stored | None:
        """One row; None if there is none."""
        try:
            path = f"/{self._address(partition_key, row_key)}"
            answer = await self._wire.call("GET", path, headers=_JSON, lite=True)
        except StorageError as error:
            if error.status == 404:
                return None
            raise
        return _stored(json.loads(answer.body))

    async def write(self, write: Write) -> str:
        """One write; returns the new etag."""
        headers = _SENT if write.verb != "DELETE" else _JSON
        if write.etag:
            headers = {**headers, "If-Match": write.etag}
        body = b"" if write.verb == "DELETE" else _body(write.row)
        path = f"/{self._target(write)}"
        answer = await self._wire.call(write.verb, path, headers=headers, body=body, lite=True)
        return answer.headers.get("ETag", "")

    async def transact(self, writes: Sequence[Write]) -> str:
        """All of the writes (at most 100, of one partition) or none; returns the last's etag."""
        batch = f"batch_{uuid.uuid4()}"
        headers = {**_JSON, "Content-Type": f"multipart/mixed; boundary={batch}"}
        headers |= {"DataServiceVersion": "3.0", "MaxDataServiceVersion": "3.0;NetFx"}
        body = self._multipart(batch, writes)
        answer = await self._wire.call("POST", "/$batch", headers=headers, body=body, lite=True)
        for status in map(int, _STATUS.findall(answer.body)):
            if status >= 400:
                raise StorageError(status, answer.body.decode(errors="replace"))
        etags = _ETAG.findall(answer.body)
        return etags[-1].decode() if etags else ""

    async def page(
        self, condition: str, top: int | None = None, start: Mapping[str, str] | None = None
    ) -> Page:
        """The rows of one page that fulfil an OData condition (empty: all)."""
        query = {"$filter": condition} if condition else {}
        if top:
            query["$top"] = str(top)
        answer = await self._wire.call(
            "GET", f"/{self._name}()", query={**query, **(start or {})}, headers=_JSON, lite=True
        )
        rows = [_stored(row) for row in json.loads(answer.body)["value"]]
        following = {
            name: answer.headers[f"x-ms-continuation-{name}"]
            for name in ("NextPartitionKey", "NextRowKey")
            if f"x-ms-continuation-{name}" in answer.headers
        }
        return Page(rows, following or None)

    async def all(self, condition: str) -> list[Stored]:
        """The rows of every page."""
        page = await self.page(condition)
        rows = page.rows
        while page.continuation:
            page = await self.page(condition, start=page.continuation)
            rows += page.rows
        return rows

    def _address(self, partition_key: str, row_key: str) -> str:
        return f"{self._name}(PartitionKey='{_key(partition_key)}',RowKey='{_key(row_key)}')"

    def _target(self, write: Write) -> str:
        if write.verb == "POST":
            return self._name
        return self._address(write.row["PartitionKey"], write.row["RowKey"])

    def _multipart(self, batch: str, writes: Sequence[Write]) -> bytes:
        changes = f"changeset_{uuid.uuid4()}"
        parts = [f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n".encode()]
        for write in writes:
            match = f"If-Match: {write.etag}\r\n" if write.etag else ""
            head = (
                f"--{changes}\r\nContent-Type: application/http\r\n"
                "Content-Transfer-Encoding: binary\r\n\r\n"
                f"{write.verb} {self._wire.endpoint}/{self._target(write)} HTTP/1.1\r\n"
                "Accept: application/json;odata=minimalmetadata\r\n"
                "Content-Type: application/json\r\nPrefer: return-no-content\r\n"
                f"DataServiceVersion: 3.0;\r\n{match}\r\n"
            )
            body = b"" if write.verb == "DELETE" else _body(write.row)
            parts.append(head.encode() + body + b"\r\n")
        parts.append(f"--{changes}--\r\n--{batch}--\r\n".encode())
        return b"".join(parts)


def equals(column: str, value: str) -> str:
    """An OData condition."""
    return f"{column} eq '{value.replace(chr(39), chr(39) * 2)}'"


def _key(value: str) -> str:
    return quote(value.replace("'", "''"), safe="")


def _body(row: Row) -> bytes:
    typed: dict[str, Any] = {}
    for name, value in row.items():
        typed[name] = value
        if isinstance(value, timestamps.Column):
            typed[f"{name}@odata.type"] = "Edm.DateTime"
    # ASCII only, as the Azure SDKs write: Azurite cannot read a transaction with U+2028 in it.
    return json.dumps(typed, separators=(",", ":")).encode()


def _stored(entity: Mapping[str, Any]) -> Stored:
    row = {
        name: timestamps.Column(timestamps.padded(value))
        if entity.get(f"{name}@odata.type") == "Edm.DateTime"
        else value
        for name, value in entity.items()
        if "odata." not in name and name != "Timestamp"
    }
    return Stored(row, entity["odata.etag"])
