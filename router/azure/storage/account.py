"""A storage account: its tables, queues and blobs, opened when first used, closed together.

Owns how an account is addressed and how patient its clients are: an account that is down is told
within seconds, because callers wait for the answer. Knows nothing of what is stored.
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from azure.core.credentials_async import AsyncTokenCredential
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob import BlobSasPermissions, generate_blob_sas
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

_PATIENCE = {"connection_timeout": 3, "read_timeout": 10}
_RETRIES = {"initial_backoff": 1, "increment_base": 1, "random_jitter_range": 0, "retry_total": 2}
_TABLE_RETRIES = {"retry_backoff_factor": 0.5, "retry_backoff_max": 2, "retry_total": 2}
_BLOCKS = {"max_single_put_size": 1 << 20, "max_block_size": 1 << 20}  # aiohttp warns above

Client = TypeVar("Client", TableServiceClient, QueueServiceClient, BlobServiceClient)
Credential = Callable[[], AsyncTokenCredential]


class Storage:
    """`account` is a connection string, or the name of an account opened with the credential."""

    def __init__(self, account: str, credential: Credential | None = None) -> None:
        self._account = account
        self._credential = credential
        self._open = AsyncExitStack()

    def __repr__(self) -> str:
        return "Storage(***)"

    @cached_property
    def tables(self) -> TableServiceClient:
        """The account's tables."""
        return self._client(TableServiceClient, "table", _TABLE_RETRIES)

    @cached_property
    def queues(self) -> QueueServiceClient:
        """The account's queues."""
        return self._client(QueueServiceClient, "queue", _RETRIES)

    @cached_property
    def blobs(self) -> BlobServiceClient:
        """The account's blobs."""
        return self._client(BlobServiceClient, "blob", _RETRIES | _BLOCKS)

    async def readable_url(
        self, container: str, blob: str, start: datetime, expiry: datetime
    ) -> str:
        """The address of one blob with a signature that lets it be read until `expiry`."""
        address = self.blobs.get_blob_client(container, blob)
        signature = generate_blob_sas(
            account_name=str(self.blobs.account_name),
            container_name=container,
            blob_name=blob,
            permission=BlobSasPermissions(read=True),
            start=start,
            expiry=expiry,
            **await self._signing(start, expiry),
        )
        return f"{address.url}?{signature}"

    async def close(self) -> None:
        """Close every client that was opened."""
        await self._open.aclose()

    async def _signing(self, start: datetime, expiry: datetime) -> dict[str, Any]:
        key = getattr(self.blobs.credential, "account_key", None)
        if key is not None:
            return {"account_key": key}
        return {
            "user_delegation_key": await self.blobs.get_user_delegation_key(
                key_start_time=start, key_expiry_time=expiry
            )
        }

    def _client(self, kind: type[Client], service: str, behaviour: Mapping[str, Any]) -> Client:
        options = {**behaviour, **_PATIENCE}
        if "=" in self._account:
            client = kind.from_connection_string(self._account, **options)
        else:
            if self._credential is None:
                raise ValueError("A storage account that is given by name needs an identity.")
            address = f"https://{self._account}.{service}.core.windows.net"
            client = kind(address, credential=self._credential(), **options)
        self._open.push_async_callback(client.close)
        return client
