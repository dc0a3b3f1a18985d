"""The contents of a storage account as a JSON value, in the format of `harness/recordings`.

`dump` reads everything that can be read without changing it (messages are peeked). `load` writes a
recorded account into an empty one, so that code can be run against a recorded state.
"""

import base64
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.data.tables import EdmType, EntityProperty, TableEntity
from azure.data.tables.aio import TableClient, TableServiceClient
from azure.storage.blob import BlobProperties, ContentSettings
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient, QueueServiceClient

Account = dict[str, Any]
LARGEST_BATCH = 100  # rows of one partition, the most that Azure accepts at once
LONGEST_STRING = 4000  # longer ones are recorded as their first characters and their length
HIDDEN_SECONDS = 6 * 24 * 3600  # of recorded invisible messages; Azure permits 7 days


async def dump(connection_string: str) -> Account:
    """Return the tables, queues and blobs of an account."""
    async with _services(connection_string) as (tables, queues, blobs):
        return {
            "tables": {t.name: await _rows(tables, t.name) async for t in tables.list_tables()},
            "queues": {q.name: await _queue(queues, q.name) async for q in queues.list_queues()},
            "blobs": {c.name: await _blobs(blobs, c.name) async for c in blobs.list_containers()},
        }


async def load(connection_string: str, account: Mapping[str, Any]) -> None:
    """Write a recorded account into an empty one.

    What was not recorded (invisible messages, gzip bodies, the end of long strings) is replaced by
    placeholders of the recorded number and length.
    """
    async with _services(connection_string) as (tables, queues, blobs):
        for name, rows in account["tables"].items():
            await _load_rows(await tables.create_table_if_not_exists(name), rows)
        for name, queue in account["queues"].items():
            await _load_messages(queues.get_queue_client(name), queue)
        for name, content in account["blobs"].items():
            await _load_blobs(blobs.get_container_client(name), content)


@asynccontextmanager
async def _services(
    connection_string: str,
) -> AsyncIterator[tuple[TableServiceClient, QueueServiceClient, BlobServiceClient]]:
    async with (
        TableServiceClient.from_connection_string(connection_string) as tables,
        QueueServiceClient.from_connection_string(connection_string) as queues,
        BlobServiceClient.from_connection_string(connection_string) as blobs,
    ):
        yield tables, queues, blobs


async def _rows(tables: TableServiceClient, name: str) -> list[dict[str, Any]]:
    client = tables.get_table_client(name)
    rows = [_row(entity) async for entity in client.list_entities()]
    return sorted(rows, key=lambda row: (row["PartitionKey"], row["RowKey"]))


def _row(entity: TableEntity) -> dict[str, Any]:
    row = {key: _plain(value) for key, value in entity.items()}
    changed = entity.metadata["timestamp"]
    return row | {"Timestamp": {"Edm.DateTime": ticks(changed) if changed else None}}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return {"Edm.DateTime": ticks(value)}
    if isinstance(value, str) and len(value) > LONGEST_STRING:
        return {"Edm.String": value[:100], "length": len(value)}
    return value


def ticks(moment: datetime) -> str:
    """Return a time as storage writes it, with seven decimals (100 ns) and a Z."""
    recorded = getattr(moment, "tables_service_value", None)
    if recorded:
        whole, _, fraction = recorded.removesuffix("Z").partition(".")
        return f"{whole}.{fraction:0<7}Z"
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


async def _queue(queues: QueueServiceClient, name: str) -> dict[str, Any]:
    client = queues.get_queue_client(name)
    count = (await client.get_queue_properties()).approximate_message_count
    peeked = await client.peek_messages(max_messages=32)
    return {"approximateMessageCount": count, "peeked": [_message(m) for m in peeked]}


def _message(message: QueueMessage) -> dict[str, Any]:
    return {
        "body": _json_or_text(message.content),
        "dequeueCount": message.dequeue_count,
        "insertedOn": ticks(message.inserted_on) if message.inserted_on else None,
        "expiresOn": ticks(message.expires_on) if message.expires_on else None,
    }


def _json_or_text(text: str) -> Any:
    """Return a message's value, whether its hub writes it as plain text or in Base64."""
    for read in (str, _from_base64):
        try:
            return json.loads(read(text))
        except ValueError:
            continue
    return text


def _from_base64(text: str) -> str:
    return base64.b64decode(text, validate=True).decode()


async def _blobs(blobs: BlobServiceClient, name: str) -> dict[str, Any]:
    container = blobs.get_container_client(name)
    return {b.name: await _blob(container, b) async for b in container.list_blobs()}


async def _blob(container: ContainerClient, blob: BlobProperties) -> dict[str, Any]:
    seen = {
        "contentLength": blob.size,
        "contentType": blob.content_settings.content_type,
        "contentEncoding": blob.content_settings.content_encoding or None,
        "leaseState": str(blob.lease.state).capitalize(),
        "leaseStatus": str(blob.lease.status).capitalize(),
        "blobType": str(blob.blob_type.value).removesuffix("Blob"),
    }
    if blob.name.endswith(".gz"):
        return seen
    content = await (await container.download_blob(blob.name)).readall()
    return seen | {"text": content.decode(errors="replace")}


async def _load_rows(table: TableClient, rows: list[Mapping[str, Any]]) -> None:
    partitions: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        entity = {k: _typed(v) for k, v in row.items() if k != "Timestamp"}
        partitions[row["PartitionKey"]].append(entity)
    for entities in partitions.values():
        for start in range(0, len(entities), LARGEST_BATCH):
            batch = entities[start : start + LARGEST_BATCH]
            await table.submit_transaction([("create", entity) for entity in batch])


def _typed(value: object) -> object:
    match value:
        case {"Edm.DateTime": str(text)}:
            return EntityProperty(text, EdmType.DATETIME)
        case {"Edm.String": str(text), "length": int(length)}:
            return text.ljust(length, ".")
        case _:
            return value


async def _load_messages(queue: QueueClient, recorded: Mapping[str, Any]) -> None:
    await _create(queue.create_queue())
    peeked = recorded["peeked"]
    for message in peeked:
        await queue.send_message(_as_text(message["body"]), time_to_live=-1)
    for _ in range(recorded["approximateMessageCount"] - len(peeked)):
        await queue.send_message("{}", visibility_timeout=HIDDEN_SECONDS, time_to_live=-1)


def _as_text(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))


async def _load_blobs(container: ContainerClient, content: Mapping[str, Mapping[str, Any]]) -> None:
    await _create(container.create_container())
    for name, blob in content.items():
        body = blob["text"].encode() if "text" in blob else bytes(blob["contentLength"])
        kind = ContentSettings(blob["contentType"], blob["contentEncoding"])
        await container.upload_blob(name, body, overwrite=True, content_settings=kind)


async def _create(creation: Any) -> None:
    try:
        await creation
    except ResourceExistsError:
        return
