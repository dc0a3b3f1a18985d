"""What the router did, and what is left, once every line is retired and swept: in Azure, in
storage, and on the router's own hub. Reads only.
"""

import re
from collections import Counter

from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from demo.azure import Azure

_STAYS = re.compile(
    r"queue router-.*"
    r"|table (orderscatalog|LinesInstances|LinesHistory|Router\w+)"
    r"|container (packages|router-.*|azure-webjobs-(secrets|hosts))"
)


async def operations(storage: str) -> Counter[str]:
    """How many of each kind have ended how: `provision succeeded`."""
    async with TableServiceClient.from_connection_string(storage) as tables:
        catalog = tables.get_table_client("orderscatalog")
        rows = catalog.query_entities("PartitionKey eq 'operation'")
        return Counter([f"{row['kind']} {row['state']}" async for row in rows])


async def left_over(azure: Azure) -> list[str]:
    """Names of what should be gone."""
    found = [f"function app {name}" for name in await azure.function_apps()]
    found += [f"plan {name}" for name in await azure.plans()]
    stored = [name for name in await _stored(azure.storage) if not _STAYS.fullmatch(name)]
    return found + stored + await _rows(azure.storage)


async def _stored(storage: str) -> list[str]:
    async with (
        QueueServiceClient.from_connection_string(storage) as queues,
        TableServiceClient.from_connection_string(storage) as tables,
        BlobServiceClient.from_connection_string(storage) as blobs,
    ):
        found = [f"queue {queue.name}" async for queue in queues.list_queues()]
        found += [f"table {table.name}" async for table in tables.list_tables()]
        return found + [f"container {each.name}" async for each in blobs.list_containers()]


async def _rows(storage: str) -> list[str]:
    """Instances and histories of lines, and the router's own orchestrations that have not ended."""
    async with TableServiceClient.from_connection_string(storage) as tables:
        found = [
            f"row of {row['PartitionKey']} in {name}"
            for name in ("LinesInstances", "LinesHistory")
            async for row in tables.get_table_client(name).list_entities()
        ]
        return found + [
            f"{row['Name']} {row['PartitionKey']} is {row['RuntimeStatus']}"
            async for row in tables.get_table_client("RouterInstances").list_entities()
            if row["RuntimeStatus"] != "Completed"
        ]
