"""Releases' packages: blobs named by their content, in one container, never changed.

Kept after a line's retirement, so that it can be revived. Knows nothing of what is in a package.
"""

from datetime import UTC, datetime, timedelta

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import ContentSettings

from router.adapters.azure_reason import reason
from router.adapters.storage import Storage
from router.core.errors import Unreadable

CONTAINER = "packages"
_READABLE_FOR = timedelta(hours=1)
_CLOCK_SKEW = timedelta(minutes=5)
_ZIP = ContentSettings(content_type="application/zip")


class BlobPackages:
    """The packages (router.ports.Packages) of a storage account."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def put(self, sha256: str, package: bytes) -> None:
        """Keep a package; no error when it is there already. Raises Unreadable."""
        try:
            if not await self._upload(sha256, package):
                await self._create_container()
                await self._upload(sha256, package)
        except AzureError as error:
            raise _unreadable(sha256, error) from error

    async def url(self, sha256: str) -> str:
        """An address from which this one package can be read for an hour; a secret."""
        now = datetime.now(UTC)
        try:
            return await self._storage.readable_url(
                CONTAINER, blob_name(sha256), now - _CLOCK_SKEW, now + _READABLE_FOR
            )
        except AzureError as error:
            raise _unreadable(sha256, error) from error

    async def _upload(self, sha256: str, package: bytes) -> bool:
        """False when there is no container yet."""
        blob = self._storage.blobs.get_blob_client(CONTAINER, blob_name(sha256))
        try:
            await blob.upload_blob(package, content_settings=_ZIP, max_concurrency=4)
        except ResourceExistsError:
            return True  # its name is its content
        except ResourceNotFoundError:
            return False
        return True

    async def _create_container(self) -> None:
        try:
            await self._storage.blobs.create_container(CONTAINER)
        except ResourceExistsError:
            return


def app_container(function_app: str) -> str:
    """The container in which Azure keeps the package that an app runs; each app has its own."""
    return f"app-package-{function_app}"


def blob_name(sha256: str) -> str:
    """Azure's one deploy takes a package of this file name only."""
    return f"{sha256}/released-package.zip"


def _unreadable(sha256: str, error: AzureError) -> Unreadable:
    return Unreadable(f"Could not reach package {sha256} in storage: {reason(error)}.")
