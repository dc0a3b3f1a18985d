"""The store of a site's keys: JSON blobs in the app's storage account, changed with etags."""

import json

from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from emulator.host.keys.document import Document, Edit

CONTAINER = "azure-webjobs-secrets"
ATTEMPTS = 10


class KeyStore:
    """The key blobs of one site: `{site}/host.json` and `{site}/{function}.json`."""

    def __init__(self, connection: str, site: str) -> None:
        self._connection = connection
        self._site = site
        self._client: BlobServiceClient | None = None

    async def open(self) -> None:
        """Create the container if needed. Raises ValueError for an invalid connection string."""
        container = self._service().get_container_client(CONTAINER)
        if not await container.exists():
            try:
                await container.create_container()
            except ResourceExistsError:
                return

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def change(self, name: str, edit: Edit) -> Document:
        """Edit a document, which is {} if it does not exist yet, and return the result.

        `edit` may be called several times, and may return its argument to change nothing.
        """
        for _ in range(ATTEMPTS):
            document, etag = await self._read(name)
            edited = edit(document)
            if edited == document or await self._write(name, edited, etag):
                return edited
        raise HttpResponseError(f"{self._site}/{name}.json changed {ATTEMPTS} times in a row")

    async def _read(self, name: str) -> tuple[Document, str | None]:
        try:
            stream = await self._blob(name).download_blob()
            document: Document = json.loads(await stream.readall())
            return document, str(stream.properties.etag)
        except ResourceNotFoundError:
            return {}, None

    async def _write(self, name: str, document: Document, etag: str | None) -> bool:
        data = json.dumps(document, indent=2).encode()
        try:
            if etag is None:
                await self._blob(name).upload_blob(data, overwrite=False)
            else:
                await self._blob(name).upload_blob(
                    data, overwrite=True, etag=etag, match_condition=MatchConditions.IfNotModified
                )
        except (ResourceExistsError, ResourceModifiedError):
            return False
        return True

    def _service(self) -> BlobServiceClient:
        if not self._connection:
            raise ValueError("the setting AzureWebJobsStorage is missing or empty")
        if self._client is None:
            self._client = BlobServiceClient.from_connection_string(self._connection)
        return self._client

    def _blob(self, name: str) -> BlobClient:
        return self._service().get_blob_client(CONTAINER, f"{self._site}/{name}.json")
