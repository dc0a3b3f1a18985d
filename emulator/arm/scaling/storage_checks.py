"""The checks of storage for what wakes a site: a visible message, a blob that is new."""

from datetime import datetime

import aiohttp
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient

from emulator.engine.storage.rest_client import RestClient, StorageError, storage_service
from emulator.host.triggers.blob_path import BlobPath

_VISIBLE = b"<QueueMessage>"
_PEEK = {"peekonly": "true", "numofmessages": "1"}


def queue_client(session: aiohttp.ClientSession, connection: str) -> RestClient:
    """Return a client of the queues that a connection string names."""
    return RestClient(session, storage_service(connection, "queue"))


async def has_message(client: RestClient, queue: str) -> bool:
    """Return whether a message is visible in a queue, which may not have been created yet."""
    try:
        answer = await client.call("GET", f"/{queue}/messages", query=_PEEK)
    except StorageError as error:
        if error.status == 404:
            return False
        raise
    return _VISIBLE in answer.body


async def has_blob(connection: str, path: BlobPath, since: datetime | None) -> bool:
    """Return whether a blob that a path matches was written since a moment, or ever."""
    async with BlobServiceClient.from_connection_string(connection) as service:
        container = service.get_container_client(path.container)
        try:
            async for blob in container.list_blobs(name_starts_with=path.prefix or None):
                is_new = since is None or blob.last_modified >= since
                if is_new and path.match(blob.name) is not None:
                    return True
        except ResourceNotFoundError:
            return False
    return False
