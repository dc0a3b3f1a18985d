"""The large message container: texts too large for a queue message or a table property.

Texts are gzip blobs under `{partition key}/`. Rows refer to them by name (history) or by URL
(instances), the latter also into other hubs' containers of the same account.
"""

import asyncio
import gzip
import random
from urllib.parse import unquote

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from emulator.engine.model.partition_keys import partition_key
from emulator.engine.storage.connections import Storage

BLOB_NAME = "BlobName"  # the value of Input is in the blob that the column InputBlobName names
LARGEST_PROPERTY = 60 * 1024  # bytes of UTF-16


class LargeMessageGoneError(Exception):
    """A row refers to a blob that is not there (its container was deleted, for instance)."""

    def __init__(self, url: str) -> None:
        super().__init__(f"the large message {url} is gone from storage")


class LargeMessages:
    """The texts of one hub."""

    def __init__(self, storage: Storage) -> None:
        self._blobs = storage.blobs
        self._container = storage.container(storage.settings.large_message_container)

    async def put(self, name: str, text: str) -> str:
        """Store a text; returns its URL."""
        packed = await asyncio.to_thread(gzip.compress, text.encode())
        try:
            await self._container.upload_blob(name, packed, overwrite=True)
        except ResourceNotFoundError:
            await _create(self._container)
            await self._container.upload_blob(name, packed, overwrite=True)
        return self.url(name)

    async def get(self, name: str) -> str:
        """The text of a blob of this hub. Raises LargeMessageGoneError."""
        return await self._download(self._container, name)

    def url(self, name: str) -> str:
        """The URL that a row holds instead of the text."""
        return str(self._container.get_blob_client(name).url)

    async def follow(self, value: str) -> str | None:
        """The text that a property's value refers to; None if it is no reference."""
        account = f"{self._blobs.url.rstrip('/')}/"
        if not (value.startswith(account) and value.endswith(".json.gz")):
            return None
        container, _, name = value.removeprefix(account).partition("/")
        return await self._download(self._blobs.get_container_client(container), unquote(name))

    async def delete_of(self, instance_id: str) -> None:
        """Delete this instance's texts, and no other's: the prefix ends with the slash."""
        try:
            async for name in self._container.list_blob_names(
                name_starts_with=f"{partition_key(instance_id)}/"
            ):
                await self._container.delete_blob(name)
        except ResourceNotFoundError:
            return

    async def _download(self, container: ContainerClient, name: str) -> str:
        try:
            packed = await (await container.download_blob(name)).readall()
        except ResourceNotFoundError as gone:
            raise LargeMessageGoneError(f"{container.container_name}/{name}") from gone
        return gzip.decompress(packed).decode()


def too_large(value: str) -> bool:
    """Whether a text cannot be a table property."""
    return len(value) * 2 > LARGEST_PROPERTY or (
        not value.isascii() and len(value.encode("utf-16-le")) > LARGEST_PROPERTY
    )


def message_blob(instance_id: str, activity_id: str, event_name: str) -> str:
    """The blob name of a message."""
    guid = activity_id.replace("-", "")
    return f"{partition_key(instance_id)}/message-{guid}-{event_name}.json.gz"


def history_blob(key: str, row: str, event_name: str, column: str) -> str:
    """The blob name of a history property; the random part keeps two writers apart."""
    mark = random.getrandbits(31)
    return f"{key}/history-{row}-{event_name}-{mark:08X}-{column}.json.gz"


async def _create(container: ContainerClient) -> None:
    try:
        await container.create_container()
    except ResourceExistsError:
        return
