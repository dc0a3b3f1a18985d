"""The app lease, which lets only one of the apps configured with the same hub read its queues.

It is a blob lease on `{hub}-applease` whose id is derived from the app's name. All workers of an
app share it, and an app that was killed gets it back at once.
"""

import asyncio
import contextlib
import json
import logging

from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.storage.blob.aio import BlobLeaseClient, ContainerClient

from emulator.engine.model.partition_keys import fnv1a
from emulator.engine.storage.connections import Storage

_LOG = logging.getLogger(__name__)
_LEASE_SECONDS = 60
_RENEW_SECONDS = 20


class AppLease:
    """The lease of one app on one hub."""

    def __init__(self, storage: Storage) -> None:
        settings = storage.settings
        self._container: ContainerClient = storage.container(settings.app_lease_container)
        self._blob = settings.app_lease_blob
        self._id = f"{fnv1a(settings.app_name):08x}-0000-0000-0000-000000000000"
        self._app = settings.app_name

    async def prepare(self) -> None:
        """Create the container and the blob if they are missing."""
        with contextlib.suppress(ResourceExistsError):
            await self._container.create_container()
        owner = json.dumps({"OwnerId": self._id, "DesiredSwapId": None}, separators=(",", ":"))
        try:
            await self._container.upload_blob(self._blob, owner)
        except ResourceExistsError:
            return

    async def acquire(self) -> None:
        """Wait until this app holds the lease."""
        logged = False
        while not await self._try_acquire():
            if not logged:
                _LOG.warning(
                    "another app holds %s; %s is waiting", self._container.container_name, self._app
                )
            logged = True
            await asyncio.sleep(_RENEW_SECONDS / 4)

    async def renew_forever(self) -> None:
        """Renew the lease periodically."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                if not await self._try_acquire():
                    _LOG.warning("another app has acquired %s", self._container.container_name)
            except Exception as error:  # noqa: BLE001 - storage recovers or the lease expires
                _LOG.warning("could not renew the app lease, retrying: %s", error)

    async def release(self) -> None:
        """Release the lease."""
        try:
            await BlobLeaseClient(self._container, self._id).release()
        except HttpResponseError:
            return

    async def _try_acquire(self) -> bool:
        try:
            await self._container.acquire_lease(_LEASE_SECONDS, lease_id=self._id)
        except HttpResponseError as error:
            if error.status_code == 409:
                return False
            raise
        return True
