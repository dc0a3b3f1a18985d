"""A task hub's connections to its storage accounts, and the creation of its resources.

Queues are in the hub's own account, tables and blobs in the tracking account, which may be the same
one.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from emulator.engine.model.hub_settings import HubSettings
from emulator.engine.storage.rest_client import (
    RestClient,
    StorageError,
    open_session,
    storage_service,
)
from emulator.engine.storage.table import Table, Write

logging.getLogger("azure").setLevel(logging.WARNING)
_PAUSE = 1.0  # seconds between two attempts to create a table


@dataclass(frozen=True, slots=True)
class Storage:
    """The storage connections of one hub, closed by `open_storage`."""

    settings: HubSettings
    queues: RestClient
    tables: RestClient
    blobs: BlobServiceClient

    def table(self, name: str) -> Table:
        return Table(self.tables, name)

    def container(self, name: str) -> ContainerClient:
        return self.blobs.get_container_client(name)


@asynccontextmanager
async def open_storage(settings: HubSettings) -> AsyncIterator[Storage]:
    """Open the connections to the hub's accounts for the duration of the context."""
    async with (
        BlobServiceClient.from_connection_string(settings.tracking_connection) as blobs,
        open_session() as session,
    ):
        queues = RestClient(session, storage_service(settings.queue_connection, "queue"))
        tables = RestClient(session, storage_service(settings.tracking_connection, "table"))
        yield Storage(settings, queues, tables, blobs)


async def create_resources(storage: Storage) -> None:
    """Create the hub's missing queues, tables and partition rows.

    The container of large messages is created with the first large message, the app lease by a
    worker.
    """
    settings = storage.settings
    queues = (*settings.control_queues, settings.workitem_queue)
    await asyncio.gather(
        *(_ignore_conflict(storage.queues.call("PUT", f"/{name}")) for name in queues),
        create_table(storage.tables, settings.instances_table),
        create_table(storage.tables, settings.history_table),
        _create_partitions(storage),
    )


async def _create_partitions(storage: Storage) -> None:
    await create_table(storage.tables, storage.settings.partitions_table)
    table = storage.table(storage.settings.partitions_table)
    existing = {stored.row["RowKey"] for stored in await table.query("")}
    for name in set(storage.settings.control_queues) - existing:
        row = {"PartitionKey": "", "RowKey": name, "IsDraining": False}
        await _ignore_conflict(table.write(Write("POST", row)))


async def create_table(tables: RestClient, name: str, pause: float = _PAUSE) -> None:
    """Create a table unless it exists, and wait while one of that name is being deleted.

    Azure takes half a minute or more for that. The real host fails to start its listeners
    until then and tries again.
    """
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    body = json.dumps({"TableName": name}).encode()
    while True:
        try:
            creation = tables.call("POST", "/Tables", headers=headers, body=body, lite=True)
            return await _ignore_conflict(creation)
        except StorageError as error:
            if not error.is_being_deleted:
                raise
        await asyncio.sleep(pause)


async def _ignore_conflict(creation: Awaitable[object]) -> None:
    try:
        await creation
    except StorageError as error:
        if error.status != 409 or error.is_being_deleted:
            raise
