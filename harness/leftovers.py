"""Storage and Azure once every line is retired: what the router did, and what it left behind.

Reads only, past the router.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from harness.azure_client import AzureClient

CATALOG = "orderscatalog"
INSTANCES, HISTORY = "Instances", "History"  # how the names of a line's two tables end
ROUTER_INSTANCES = "routerInstances"
_PREFIX = r"(OrdersLines|Orders\d+x\d+)"
_EXPECTED = re.compile(
    r"queue router-.*"
    rf"|table ({CATALOG}|OrdersLines({INSTANCES}|{HISTORY})|router\w+)"
    r"|container (packages|[a-z0-9-]+-parked|router-.*|azure-webjobs-(secrets|hosts))"
    r"|blob azure-webjobs-(secrets|hosts)/(locks/)?router/.*"
)


def is_expected(item: str) -> bool:
    """Return True if an item such as `queue router-control-00` is the router's own."""
    return _EXPECTED.fullmatch(item) is not None


async def operations(storage: str) -> Counter[tuple[str, str]]:
    """Count the operations by kind and state, such as `("provision", "succeeded")`."""
    async with rows(storage, CATALOG, "PartitionKey eq 'operation'") as found:
        return Counter([(str(row["kind"]), str(row["state"])) async for row in found])


async def function_apps_and_plans(azure: AzureClient) -> list[str]:
    """Return what is left of the lines in Azure."""
    found = [f"function app {name}" for name in await azure.function_apps()]
    return found + [f"plan {name}" for name in await azure.plans()]


async def unfinished_orchestrations(storage: str) -> dict[tuple[str, str], str]:
    """Return the router's own orchestrations that have not completed: status by (name, id)."""
    columns = ["PartitionKey", "Name", "RuntimeStatus"]
    async with rows(storage, ROUTER_INSTANCES, select=columns) as found:
        return {
            (str(row["Name"]), str(row["PartitionKey"])): str(row["RuntimeStatus"])
            async for row in found
            if row["RuntimeStatus"] != "Completed"
        }


async def unexpected_items(storage: str) -> list[str]:
    """Return the queues, tables, containers and host blobs that are not the router's own."""
    async with (
        QueueServiceClient.from_connection_string(storage) as queues,
        TableServiceClient.from_connection_string(storage) as tables,
        BlobServiceClient.from_connection_string(storage) as blobs,
    ):
        found = [f"queue {queue.name}" async for queue in queues.list_queues()]
        found += [f"table {table.name}" async for table in tables.list_tables()]
        containers = [container.name async for container in blobs.list_containers()]
        found += [f"container {name}" for name in containers]
        for name in containers:
            if name.startswith("azure-webjobs-"):
                client = blobs.get_container_client(name)
                found += [f"blob {name}/{each.name}" async for each in client.list_blobs()]
    return [item for item in found if not is_expected(item)]


async def tables_of_lines(storage: str, ending: str) -> list[str]:
    """Return the names of the lines' tables of one kind, which each has for itself or all share."""
    async with TableServiceClient.from_connection_string(storage) as tables:
        names = [str(table.name) async for table in tables.list_tables()]
    return [name for name in names if re.fullmatch(rf"{_PREFIX}{ending}", name)]


async def rows_of_lines(
    storage: str, ending: str = INSTANCES, query: str = "", select: list[str] | None = None
) -> list[Any]:
    """Return the rows of all lines' tables of one kind."""
    found: list[Any] = []
    for table in await tables_of_lines(storage, ending):
        async with rows(storage, table, query, select) as each:
            found += [row async for row in each]
    return found


@asynccontextmanager
async def rows(
    storage: str, table: str, query: str = "", select: list[str] | None = None
) -> AsyncIterator[Any]:
    """Open a query of a table's rows."""
    async with TableServiceClient.from_connection_string(storage) as tables:
        yield tables.get_table_client(table).query_entities(query, select=select)
