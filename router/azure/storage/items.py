"""List and delete single items of a storage account, leased or not.

Deleting an item that does not exist is not an error.
"""

from dataclasses import dataclass

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient, BlobLeaseClient, ContainerClient

from router.azure.error_text import is_being_deleted
from router.azure.storage.account import Storage

_LEASED = 412


@dataclass(frozen=True, slots=True)
class Item:
    """An item to delete. `kind` is queue, table, container or blob."""

    kind: str
    name: str
    container: str | None = None  # of a blob

    def __str__(self) -> str:
        prefix = f"{self.container}/" if self.container else ""
        return f"{self.kind} {prefix}{self.name}"


class Items:
    """The items of one account. Every method may raise AzureError."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def tables(self, name: str) -> list[Item]:
        """Return the table with this name, if it exists."""
        found = self._storage.tables.query_tables("TableName eq @name", parameters={"name": name})
        return [Item("table", table.name) async for table in found]

    async def containers(self, *names: str) -> list[Item]:
        """Return those of the named containers that exist."""
        clients = (self._storage.blobs.get_container_client(name) for name in names)
        return [Item("container", c.container_name) for c in clients if await c.exists()]

    async def blobs(self, container: str, prefix: str) -> list[Item]:
        """Return the blobs with this prefix, or none if the container does not exist."""
        client = self._storage.blobs.get_container_client(container)
        if not await client.exists():
            return []
        found = client.list_blobs(name_starts_with=prefix)
        return [Item("blob", blob.name, container) async for blob in found]

    async def delete(self, item: Item) -> None:
        """Delete the item, breaking a lease that its dead owner left on it."""
        try:
            match item.kind:
                case "queue":
                    await self._storage.queues.delete_queue(item.name)
                case "table":
                    await _delete_table(self._storage, item.name)
                case "container":
                    await _delete_leased(self._storage.blobs.get_container_client(item.name))
                case _:
                    blob = self._storage.blobs.get_blob_client(item.container or "", item.name)
                    await _delete_leased(blob)
        except ResourceNotFoundError:
            return


async def _delete_table(storage: Storage, name: str) -> None:
    try:
        await storage.tables.delete_table(name)
    except HttpResponseError as error:
        if not is_being_deleted(error):  # for some 40 seconds after the first request
            raise


async def _delete_leased(target: ContainerClient | BlobClient) -> None:
    try:
        await _delete(target)
    except HttpResponseError as error:
        if error.status_code != _LEASED:
            raise
        await BlobLeaseClient(target).break_lease(lease_break_period=0)
        await _delete(target)


async def _delete(target: ContainerClient | BlobClient) -> None:
    if isinstance(target, ContainerClient):
        await target.delete_container()
    else:
        await target.delete_blob()
