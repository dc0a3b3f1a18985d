"""The large-message container: texts too large for a queue message or a table property.

Texts are gzip blobs under `{partition key}/`. History rows refer to them by name, instance rows by
URL.
"""

import asyncio
import gzip
import random
from urllib.parse import unquote

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from emulator.engine.model.partition_keys import partition_key
from emulator.engine.storage.connections import Storage

BLOB_NAME_SUFFIX = "BlobName"  # column InputBlobName names the blob with the value of Input
MAX_PROPERTY_BYTES = 60 * 1024  # as UTF-16


class LargeMessageNotFoundError(Exception):
    """A row refers to a blob that does not exist, for example because its container was deleted."""

    def __init__(self, url: str) -> None:
        super().__init__(f"large message {url} not found in storage")


class LargeMessages:
    """The large texts of one hub."""

    def __init__(self, storage: Storage) -> None:
        self._container = storage.container(storage.settings.large_message_container)

    async def put(self, name: str, text: str) -> str:
        """Store a text and return its URL."""
        compressed = await asyncio.to_thread(gzip.compress, text.encode(errors="replace"))
        try:
            await self._container.upload_blob(name, compressed, overwrite=True)
        except ResourceNotFoundError:
            await _create_container(self._container)
            await self._container.upload_blob(name, compressed, overwrite=True)
        return self.url(name)

    async def get(self, name: str) -> str:
        """Return the text of one of this hub's blobs. Raises LargeMessageNotFoundError."""
        return await self._download(self._container, name)

    def url(self, name: str) -> str:
        """Return the URL that a row stores in place of the text."""
        return str(self._container.get_blob_client(name).url)

    async def resolve(self, value: str) -> str | None:
        """Return the text that a property value refers to, or None if it is not a reference.

        Every URL in the hub's own container counts as one. Raises LargeMessageNotFoundError.
        """
        container = f"{str(self._container.url).rstrip('/')}/"
        if not value.startswith(container):
            return None
        return await self._download(self._container, unquote(value.removeprefix(container)))

    async def delete_for(self, instance_id: str) -> None:
        """Delete the texts of one instance."""
        try:
            async for name in self._container.list_blob_names(
                name_starts_with=f"{partition_key(instance_id)}/"  # not those of longer ids
            ):
                await self._container.delete_blob(name)
        except ResourceNotFoundError:
            return

    async def _download(self, container: ContainerClient, name: str) -> str:
        try:
            compressed = await (await container.download_blob(name)).readall()
        except ResourceNotFoundError as error:
            raise LargeMessageNotFoundError(f"{container.container_name}/{name}") from error
        return gzip.decompress(compressed).decode()


def too_large(value: str) -> bool:
    """Return True if a text exceeds the size limit of a table property."""
    return len(value) * 2 > MAX_PROPERTY_BYTES or (
        not value.isascii() and len(value.encode("utf-16-le")) > MAX_PROPERTY_BYTES
    )


def message_blob_name(instance_id: str, activity_id: str, event_name: str) -> str:
    """Return the blob name of a message."""
    guid = activity_id.replace("-", "")
    return f"{partition_key(instance_id)}/message-{guid}-{event_name}.json.gz"


def history_blob_name(key: str, row: str, event_name: str, column: str) -> str:
    """Return the blob name of a history property, with a random part for concurrent writers."""
    suffix = random.getrandbits(31)
    return f"{key}/history-{row}-{event_name}-{suffix:08X}-{column}.json.gz"


async def _create_container(container: ContainerClient) -> None:
    try:
        await container.create_container()
    except ResourceExistsError:
        return
