"""Store release packages as immutable blobs in one container, named by their hash.

They are kept when a line is retired, so that it can be revived, and deleted once their releases can
never be put in place again.
"""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import ContentSettings
from semver import Version

from router.azure.error_text import already_exists, code_of, describe
from router.azure.storage.account import Storage, created_container
from router.azure.storage.catalog_rows import from_row, to_row
from router.domain.errors import Unreadable
from router.domain.model import Release
from router.domain.version import LineId

CONTAINER = "packages"
_READABLE_FOR = timedelta(hours=1)
_CLOCK_SKEW = timedelta(minutes=5)
_NOTES = "release-of-"  # begins the names of all routers' metadata
_JSON = ContentSettings(content_type="application/json")
_ZIP = ContentSettings(content_type="application/zip")


class BlobPackages:
    """Implements router.ports.Packages in a storage account."""

    def __init__(self, storage: Storage, app_name: str) -> None:
        self._storage = storage
        self._notes = f"{_NOTES}{app_name}-"
        self._prepared = f"prepared-{app_name}-"

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
        text = json.dumps(to_row(release)).encode()
        blob = self._storage.blobs.get_blob_client(CONTAINER, self._note_of(release))
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

    async def put_prepared(self, line: LineId, sha256: str, package: bytes) -> str:
        """Store a package prepared for a line, and return a URL that allows reading it."""
        name = f"{self._prepared}{line}-{sha256}"
        await self.put(name, package)
        return await self.url(name)

    async def forget(self, release: Release) -> None:
        """Delete a release's metadata. Raises Unreadable."""
        await self._delete(self._note_of(release))

    async def drop(self, sha256: Collection[str]) -> None:
        """Delete packages, unless another router on this account has them. Raises Unreadable."""
        stored = await self._names("") if sha256 else []
        others = {name.partition("/")[0] for name in stored if self._is_of_another(name)}
        for name in {blob_name(each) for each in sha256 if each not in others} & set(stored):
            await self._delete(name)

    async def drop_prepared(self, line: LineId) -> None:
        """Delete the packages prepared for a line. Raises Unreadable."""
        for name in await self._names(f"{self._prepared}{line}-"):
            await self._delete(name)

    def _is_of_another(self, name: str) -> bool:
        """Return True for metadata of another router."""
        return f"/{_NOTES}" in name and not self._is_own(name)

    async def _names(self, prefix: str) -> list[str]:
        container = self._storage.blobs.get_container_client(CONTAINER)
        try:
            return [name async for name in container.list_blob_names(name_starts_with=prefix)]
        except ResourceNotFoundError:
            return []
        except AzureError as error:
            raise Unreadable(f"Could not list packages: {describe(error)}.") from error

    async def _delete(self, name: str) -> None:
        try:
            await self._storage.blobs.get_blob_client(CONTAINER, name).delete_blob()
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise Unreadable(f"Could not delete {name}: {describe(error)}.") from error

    def _note_of(self, release: Release) -> str:
        return f"{release.sha256}/{self._notes}{release.version}.json"

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
