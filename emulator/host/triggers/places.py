"""Where the listeners of one host keep what they know: in the storage of `AzureWebJobsStorage`."""

import hashlib
from dataclasses import dataclass

from azure.storage.blob.aio import BlobClient, ContainerClient
from azure.storage.queue.aio import QueueClient

from emulator.host.bindings.accounts import Accounts, create_container
from emulator.host.configuration.connections import DEFAULT

CONTAINER = "azure-webjobs-hosts"
BLOB_POISON = "webjobs-blobtrigger-poison"
_LONGEST_ID = 32


def host_id(site: str) -> str:
    """Return the id of a site's host."""
    return site.lower()[:_LONGEST_ID]


def found_blobs(site: str, function: str) -> str:
    """Return the name of the queue of the blobs that were found for a function.

    Azure's host has one queue for all functions, with the host's id in its name. Both ids would
    not fit.
    """
    both = f"{host_id(site)}/{function.lower()}".encode()
    return f"azure-webjobs-blobtrigger-{hashlib.sha256(both).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class Places:
    """The blobs and queues of one host."""

    accounts: Accounts
    site: str

    async def create(self) -> None:
        """Create the container of all hosts unless it exists."""
        await create_container(self.container)

    @property
    def container(self) -> ContainerClient:
        """The container of all hosts."""
        return self.accounts.container(DEFAULT, CONTAINER)

    def timer_status(self, function: str) -> BlobClient:
        """Return the blob of a timer's status."""
        return self._blob(f"timers/{host_id(self.site)}/Host.Functions.{function}/status")

    def lock(self, function: str) -> BlobClient:
        """Return the blob whose lease a listener holds."""
        return self._blob(f"locks/{host_id(self.site)}/Host.Functions.{function}.Listener")

    def receipts(self, function: str) -> str:
        """Return the prefix of the receipts for blobs that a function has had."""
        return f"blobreceipts/{host_id(self.site)}/Host.Functions.{function}"

    def found_blobs(self, function: str) -> QueueClient:
        """Return the queue of the blobs that were found for a function."""
        return self.accounts.queue(DEFAULT, found_blobs(self.site, function))

    def poison(self) -> QueueClient:
        """Return the queue of the blobs whose function failed too often."""
        return self.accounts.queue(DEFAULT, BLOB_POISON)

    def _blob(self, name: str) -> BlobClient:
        return self.accounts.blob(DEFAULT, CONTAINER, name)
