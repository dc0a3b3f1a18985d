"""What a run leaves in storage: instances, traces, operations; and what should not be there.

Reads only, past the router. Rows and large messages of instances stay until the end of their
retention, and so do the packages and the orchestration that waits for that end.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from soak.ledger import Trace

_TRACES, _INSTANCES = "traces", "LinesInstances"
_ROUTERS, _CATALOG = "RouterInstances", "orderscatalog"
_STAYS = re.compile(
    r"queue router-.*"
    r"|table (traces|orderscatalog|LinesInstances|LinesHistory|Router\w+)"
    r"|container (packages|router-.*|azure-webjobs-(secrets|hosts)|orders1x\d+-largemessages)"
    r"|blob azure-webjobs-(secrets|hosts)/(locks/)?router/.*"
)
_WATCHES_RETENTION = "retain_line"
_WELL = ("Completed", "Terminated", "Canceled")


def stays(item: str) -> bool:
    """Whether something in storage is known to stay when every line is retired; `queue x`."""
    return _STAYS.fullmatch(item) is not None


@dataclass(frozen=True, slots=True)
class Store:
    """The storage account of the local run."""

    connection: str

    async def make_traces(self) -> None:
        """The table that the executions leave their traces in."""
        async with TableServiceClient.from_connection_string(self.connection) as tables:
            await tables.create_table_if_not_exists(_TRACES)

    async def traces(self) -> list[Trace]:
        """One for each execution of an instance."""
        async with self._rows(_TRACES) as rows:
            return [Trace(row["PartitionKey"], row["RowKey"], row["nth"]) async for row in rows]

    async def instances(self) -> list[str]:
        """The ids of all lines' instances."""
        async with self._rows(_INSTANCES, select=["PartitionKey"]) as rows:
            return [str(row["PartitionKey"]) async for row in rows]

    async def waiting(self) -> list[str]:
        """The ids of those that run and end only when they are told to."""
        wanted = "RuntimeStatus eq 'Running' and Name eq 'waits'"
        async with self._rows(_INSTANCES, wanted, ["PartitionKey"]) as rows:
            return [str(row["PartitionKey"]) async for row in rows]

    async def operations(self) -> Counter[tuple[str, str]]:
        """How many of each kind have ended how: `("provision", "succeeded")`."""
        async with self._rows(_CATALOG, "PartitionKey eq 'operation'") as rows:
            return Counter([(str(row["kind"]), str(row["state"])) async for row in rows])

    async def unfinished(self) -> list[str]:
        """The router's own orchestrations that still run, or came to a bad end."""
        async with self._rows(_ROUTERS, select=["PartitionKey", "Name", "RuntimeStatus"]) as rows:
            return [
                f"{row['Name']} {row['PartitionKey']} is {row['RuntimeStatus']}"
                async for row in rows
                if row["RuntimeStatus"] not in _WELL and row["Name"] != _WATCHES_RETENTION
            ]

    async def left_over(self) -> list[str]:
        """Whatever is there and is not known to stay."""
        async with (
            QueueServiceClient.from_connection_string(self.connection) as queues,
            TableServiceClient.from_connection_string(self.connection) as tables,
            BlobServiceClient.from_connection_string(self.connection) as blobs,
        ):
            found = [f"queue {queue.name}" async for queue in queues.list_queues()]
            found += [f"table {table.name}" async for table in tables.list_tables()]
            containers = [container.name async for container in blobs.list_containers()]
            found += [f"container {name}" for name in containers]
            for name in containers:
                if name.startswith("azure-webjobs-"):
                    client = blobs.get_container_client(name)
                    found += [f"blob {name}/{each.name}" async for each in client.list_blobs()]
        return [each for each in found if not stays(each)]

    @asynccontextmanager
    async def _rows(
        self, table: str, wanted: str = "", select: list[str] | None = None
    ) -> AsyncIterator[Any]:
        async with TableServiceClient.from_connection_string(self.connection) as tables:
            yield tables.get_table_client(table).query_entities(wanted, select=select)
