"""Store release packages as immutable blobs in one container, named by their hash.

They are kept when a line is retired, so that it can be revived.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import ContentSettings
from semver import Version

from router.azure.error_text import already_exists, code_of, describe
from router.azure.storage.account import Storage, created_container
from router.azure.storage.catalog_rows import from_row, to_row
from router.domain.errors import Unreadable
from router.domain.model import Release

CONTAINER = "packages"
_READABLE_FOR = timedelta(hours=1)
_CLOCK_SKEW = timedelta(minutes=5)
_JSON = ContentSettings(content_type="application/json")
_ZIP = ContentSettings(content_type="application/zip")


class BlobPackages:
    """Implements router.ports.Packages in a storage account."""

    def __init__(self, storage: Storage, app_name: str) -> None:
        self._storage = storage
        self._notes = f"release-of-{app_name}-"

    async def put(self, sha256: str, package: bytes) -> None:
        """Store a package unless it exists. Raises Unreadable."""
        try:
            if not await self._upload(sha256, package):
                await created_container(self._storage, CONTAINER)
                await self._upload(sha256, package)
        except AzureError as error:
            raise _unreadable(sha256, error) from error

    async def content(self, sha256: str) -> bytes:
        """Return a stored package. Raises Unreadable."""
        blob = self._storage.blobs.get_blob_client(CONTAINER, blob_name(sha256))
        try:
            return await (await blob.download_blob(max_concurrency=4)).readall()
        except AzureError as error:
            raise _unreadable(sha256, error) from error

    async def note(self, release: Release) -> None:
        """Store a release's metadata next to its package. Raises Unreadable."""
        name = f"{release.sha256}/{self._notes}{release.version}.json"
        text = json.dumps(to_row(release)).encode()
        blob = self._storage.blobs.get_blob_client(CONTAINER, name)
        try:
            await blob.upload_blob(text, content_settings=_JSON)
        except AzureError as error:
            if not already_exists(error):
                raise _unreadable(release.sha256, error) from error

    async def noted(self) -> Sequence[Release]:
        """Return this app's releases with stored metadata, by version. Raises Unreadable."""
        container = self._storage.blobs.get_container_client(CONTAINER)
        try:
            names = [name async for name in container.list_blob_names() if self._is_own(name)]
            texts = [await (await container.download_blob(name)).readall() for name in names]
            found = [from_row(Release, json.loads(text)) for text in texts]
        except ResourceNotFoundError as error:
            if code_of(error) != "ContainerNotFound":
                raise Unreadable("A release's metadata was deleted while being read.") from error
            return []
        except AzureError as error:
            raise Unreadable(
                f"Could not list the releases in storage: {describe(error)}."
            ) from error
        except (KeyError, ValueError) as error:
            raise Unreadable("A release's metadata in storage is invalid.") from error
        newest_first = sorted(found, key=lambda each: each.registered_at, reverse=True)
        return sorted({each.version: each for each in newest_first}.values(), key=_version)

    async def url(self, sha256: str) -> str:
        """Return a secret URL that allows reading this one package for an hour."""
        now = datetime.now(UTC)
        try:
            return await self._storage.readable_url(
                CONTAINER, blob_name(sha256), now - _CLOCK_SKEW, now + _READABLE_FOR
            )
        except AzureError as error:
            raise _unreadable(sha256, error) from error

    def _is_own(self, name: str) -> bool:
        """Return True for metadata of this app: of `a`, not of `a-b`, whose name has no dots."""
        _, _, version = name.partition(self._notes)
        return version.split("-")[0].count(".") >= 2

    async def _upload(self, sha256: str, package: bytes) -> bool:
        """Return False if the container does not exist."""
        blob = self._storage.blobs.get_blob_client(CONTAINER, blob_name(sha256))
        try:
            await blob.upload_blob(package, content_settings=_ZIP, max_concurrency=4)
        except ResourceExistsError as error:
            if not already_exists(error):
                raise
            return True  # named by its hash, so it has the same content
        except ResourceNotFoundError:
            return False
        return True


def app_container(function_app: str) -> str:
    """Return the name of the app's own container, where Azure keeps the package it runs."""
    return f"app-package-{function_app}"


def blob_name(sha256: str) -> str:
    """Return the blob of a package. Azure's one deploy accepts this file name only."""
    return f"{sha256}/released-package.zip"


def _version(release: Release) -> Version:
    return release.version


def _unreadable(sha256: str, error: AzureError) -> Unreadable:
    return Unreadable(f"Could not reach package {sha256} in storage: {describe(error)}.")
