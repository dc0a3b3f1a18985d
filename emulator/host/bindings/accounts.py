"""The storage accounts that the bindings of an app name, opened when they are first used."""

from collections.abc import Mapping

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient, BlobServiceClient, ContainerClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from emulator.host.configuration import connections


class NoConnectionError(Exception):
    """No app setting has the connection string of a binding. The text is that of the real host."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Storage account connection string '{name}' does not exist. "
            "Make sure that it is a defined App Setting."
        )


class Accounts:
    """The accounts of one app by the names of their connections."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._blobs: dict[str, BlobServiceClient] = {}
        self._queues: dict[str, QueueServiceClient] = {}

    def check(self, connection: str) -> None:
        """Raise NoConnectionError unless the settings have a connection string of this name."""
        self._string(connection)

    def container(self, connection: str, name: str) -> ContainerClient:
        """Return a client of a container."""
        return self._blob_service(connection).get_container_client(name)

    def blob(self, connection: str, container: str, name: str) -> BlobClient:
        """Return a client of a blob."""
        return self._blob_service(connection).get_blob_client(container, name)

    def queue(self, connection: str, name: str) -> QueueClient:
        """Return a client of a queue."""
        if connection not in self._queues:
            made = QueueServiceClient.from_connection_string(self._string(connection))
            self._queues[connection] = made
        return self._queues[connection].get_queue_client(name)

    async def upload(self, connection: str, container: str, name: str, content: bytes) -> None:
        """Write a blob, whose container is created if it does not exist."""
        blob = self.blob(connection, container, name)
        try:
            await blob.upload_blob(content, overwrite=True)
        except ResourceNotFoundError:
            await create_container(self.container(connection, container))
            await blob.upload_blob(content, overwrite=True)

    async def close(self) -> None:
        """Close all connections."""
        for blobs in self._blobs.values():
            await blobs.close()
        for queues in self._queues.values():
            await queues.close()

    def _blob_service(self, connection: str) -> BlobServiceClient:
        if connection not in self._blobs:
            made = BlobServiceClient.from_connection_string(self._string(connection))
            self._blobs[connection] = made
        return self._blobs[connection]

    def _string(self, connection: str) -> str:
        name = connection or connections.DEFAULT
        found = connections.find(self._settings, name)
        if found is None:
            raise NoConnectionError(name)
        return found


async def send(queue: QueueClient, text: str) -> None:
    """Send a message to a queue, which is created if it does not exist."""
    try:
        await queue.send_message(text)
    except ResourceNotFoundError:
        await create_queue(queue)
        await queue.send_message(text)


async def create_queue(queue: QueueClient) -> None:
    """Create a queue unless it exists."""
    try:
        await queue.create_queue()
    except ResourceExistsError:
        return


async def create_container(container: ContainerClient) -> None:
    """Create a container unless it exists."""
    try:
        await container.create_container()
    except ResourceExistsError:
        return
