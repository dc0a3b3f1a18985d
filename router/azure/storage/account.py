"""A storage account's table, queue and blob clients, opened on first use and closed together.

Retries and time-outs are short, because callers wait while an account is down.
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob import BlobSasPermissions, generate_blob_sas
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from router.azure.error_text import already_exists
from router.domain.cloud import Cloud

_BACKOFF = {"initial_backoff": 1, "increment_base": 1, "random_jitter_range": 0}
_TABLE_BACKOFF = {"retry_backoff_factor": 0.5, "retry_backoff_max": 2}
_BLOCKS = {"max_single_put_size": 1 << 20, "max_block_size": 1 << 20}  # aiohttp warns above

Client = TypeVar("Client", TableServiceClient, QueueServiceClient, BlobServiceClient)
Credential = Callable[[], AsyncTokenCredential]


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Time-outs of the clients in seconds, and their number of retries."""

    retries: int = 2
    connection_timeout: float = 3
    read_timeout: float = 10


class Storage:
    """The clients of one account."""

    def __init__(
        self,
        account: str,
        credential: Credential | None = None,
        options: ClientOptions | None = None,
        cloud: Cloud = Cloud.PUBLIC,
    ) -> None:
        """`account` is a connection string, or the name of an account in `cloud` that needs a
        credential."""
        self._account = account
        self._cloud = cloud
        self._credential = credential
        self._options = options or ClientOptions()
        self._open = AsyncExitStack()

    def __repr__(self) -> str:
        return "Storage(***)"

    @cached_property
    def tables(self) -> TableServiceClient:
        """Return the table client."""
        return self._client(TableServiceClient, "table", _TABLE_BACKOFF)

    @cached_property
    def queues(self) -> QueueServiceClient:
        """Return the queue client."""
        return self._client(QueueServiceClient, "queue", _BACKOFF)

    @cached_property
    def blobs(self) -> BlobServiceClient:
        """Return the blob client."""
        return self._client(BlobServiceClient, "blob", _BACKOFF | _BLOCKS)

    async def readable_url(
        self, container: str, blob: str, start: datetime, expiry: datetime
    ) -> str:
        """Return one blob's URL with a signature that allows reading it until `expiry`."""
        client = self.blobs.get_blob_client(container, blob)
        signature = generate_blob_sas(
            account_name=str(self.blobs.account_name),
            container_name=container,
            blob_name=blob,
            permission=BlobSasPermissions(read=True),
            start=start,
            expiry=expiry,
            **await self._signing_key(start, expiry),
        )
        return f"{client.url}?{signature}"

    async def close(self) -> None:
        """Close every client that was opened."""
        await self._open.aclose()

    async def _signing_key(self, start: datetime, expiry: datetime) -> dict[str, Any]:
        key = getattr(self.blobs.credential, "account_key", None)
        if key is not None:
            return {"account_key": key}
        return {
            "user_delegation_key": await self.blobs.get_user_delegation_key(
                key_start_time=start, key_expiry_time=expiry
            )
        }

    def _client(self, kind: type[Client], service: str, backoff: Mapping[str, Any]) -> Client:
        arguments = {
            **backoff,
            "retry_total": self._options.retries,
            "connection_timeout": self._options.connection_timeout,
            "read_timeout": self._options.read_timeout,
        }
        if "=" in self._account:
            client = kind.from_connection_string(self._account, **arguments)
        else:
            if self._credential is None:
                raise ValueError("A storage account given by name needs an identity.")
            url = self._cloud.storage_url(self._account, service)
            client = kind(url, credential=self._credential(), **arguments)
        self._open.push_async_callback(client.close)
        return client


async def created_container(storage: Storage, name: str) -> str:
    """Create a blob container unless it exists, and return its URL.

    Raises AzureError as well while Azure is still deleting one of that name, half a minute or more.
    """
    container = storage.blobs.get_container_client(name)
    try:
        await container.create_container()
    except ResourceExistsError as error:
        if not already_exists(error):
            raise
    return str(container.url)
