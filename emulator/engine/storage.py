"""The opened clients of a task hub's storage accounts, and the hub's resources made in them.

Queues are in the hub's own account; tables and blobs are in the tracking account, also where the
two are one. What the resources hold is not known here.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableClient, TableServiceClient
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from emulator.engine.settings import HubSettings

logging.getLogger("azure").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Storage:
    """The clients of one hub. Closed by `open_storage`."""

    settings: HubSettings
    queues: QueueServiceClient
    tables: TableServiceClient
    blobs: BlobServiceClient

    def queue(self, name: str) -> QueueClient:
        return self.queues.get_queue_client(name)

    def table(self, name: str) -> TableClient:
        return self.tables.get_table_client(name)

    def container(self, name: str) -> ContainerClient:
        return self.blobs.get_container_client(name)


@asynccontextmanager
async def open_storage(settings: HubSettings) -> AsyncIterator[Storage]:
    """Clients of the hub's accounts, for as long as the context lasts."""
    async with (
        QueueServiceClient.from_connection_string(settings.queue_connection) as queues,
        TableServiceClient.from_connection_string(settings.tracking_connection) as tables,
        BlobServiceClient.from_connection_string(settings.tracking_connection) as blobs,
    ):
        yield Storage(settings, queues, tables, blobs)


async def create_resources(storage: Storage) -> None:
    """Make what is missing of the hub's queues, tables, partition rows and app lease blob.

    The container of large messages is made by the first large message.
    """
    settings = storage.settings
    queues = (*settings.control_queues, settings.workitem_queue)
    tables = (settings.instances_table, settings.history_table)
    await asyncio.gather(
        *(_unless_there(storage.queue(name).create_queue()) for name in queues),
        *(_unless_there(storage.tables.create_table(name)) for name in tables),
        _create_partitions(storage),
    )


async def _create_partitions(storage: Storage) -> None:
    await _unless_there(storage.tables.create_table(storage.settings.partitions_table))
    table = storage.table(storage.settings.partitions_table)
    rows = ({"PartitionKey": "", "RowKey": n} for n in storage.settings.control_queues)
    await asyncio.gather(
        *(_unless_there(table.create_entity({**row, "IsDraining": False})) for row in rows)
    )


async def _unless_there(creation: Awaitable[object]) -> None:
    try:
        await creation
    except ResourceExistsError:
        return
