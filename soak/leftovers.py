"""What is left once every line is retired: in Azure, in storage, and on the router's own hub.

Rows and large messages of instances stay until the end of their retention, and so does the
orchestration that waits for it. Reads only.
"""

import re
from collections import Counter

from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from demo.azure import Azure

TRACES = "traces"
_OWN = re.compile(r"router", re.IGNORECASE)
_STAYS = {"retain_line"}
_WELL = ("Completed", "Terminated", "Canceled")


async def left_over(azure: Azure, storage: str) -> list[str]:
    """Names of what should be gone."""
    found = [f"function app {name}" for name in await azure.function_apps()]
    found += [f"plan {name}" for name in await azure.plans()]
    return found + await _of_hubs(storage) + await _unfinished(storage)


async def executions(storage: str) -> Counter[str]:
    """How often each instance was executed, by the traces that it left."""
    async with TableServiceClient.from_connection_string(storage) as tables:
        rows = tables.get_table_client(TRACES).list_entities(select=["PartitionKey"])
        return Counter([str(row["PartitionKey"]) async for row in rows])


async def operations(storage: str) -> Counter[str]:
    """How many operations of each kind have ended how: `provision succeeded`."""
    async with TableServiceClient.from_connection_string(storage) as tables:
        rows = tables.get_table_client("orderscatalog").query_entities(
            "PartitionKey eq 'operation'"
        )
        return Counter([f"{row['kind']} {row['state']}" async for row in rows])


async def make_traces(storage: str) -> None:
    """The table that they are left in."""
    async with TableServiceClient.from_connection_string(storage) as tables:
        await tables.create_table_if_not_exists(TRACES)


async def _of_hubs(storage: str) -> list[str]:
    async with (
        QueueServiceClient.from_connection_string(storage) as queues,
        TableServiceClient.from_connection_string(storage) as tables,
        BlobServiceClient.from_connection_string(storage) as blobs,
    ):
        found = [f"queue {queue.name}" async for queue in queues.list_queues()]
        found += [
            f"table {table.name}"
            async for table in tables.list_tables()
            if table.name.endswith("Partitions")
        ]
        found += [
            f"container {container.name}"
            async for container in blobs.list_containers()
            if container.name.endswith(("-applease", "-leases"))
        ]
    return [each for each in found if not _OWN.search(each)]


async def _unfinished(storage: str) -> list[str]:
    """The router's own orchestrations that still run, or came to a bad end."""
    async with TableServiceClient.from_connection_string(storage) as tables:
        rows = [row async for row in tables.get_table_client("RouterInstances").list_entities()]
    return [
        f"{row['Name']} {row['PartitionKey']} is {row['RuntimeStatus']}"
        for row in rows
        if row["RuntimeStatus"] not in _WELL and row["Name"] not in _STAYS
    ]
