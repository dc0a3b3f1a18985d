"""The app lease: of the apps that were given the same hub, only one reads its queues.

A lease on the container `{hub}-applease`, with an id that follows from the app's name: every
worker of one app holds it together, and an app that was killed has it again at once.
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
_SECONDS = 60
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
        """Make container and blob if they are not there."""
        with contextlib.suppress(ResourceExistsError):
            await self._container.create_container()
        owner = json.dumps({"OwnerId": self._id, "DesiredSwapId": None}, separators=(",", ":"))
        try:
            await self._container.upload_blob(self._blob, owner)
        except ResourceExistsError:
            return

    async def acquire(self) -> None:
        """Wait until this app holds the lease."""
        told = False
        while not await self._hold():
            if not told:
                _LOG.warning(
                    "another app holds %s; %s waits", self._container.container_name, self._app
                )
            told = True
            await asyncio.sleep(_RENEW_SECONDS / 4)

    async def keep(self) -> None:
        """Renew it, for ever."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                if not await self._hold():
                    _LOG.warning("another app has taken %s", self._container.container_name)
            except Exception as error:  # noqa: BLE001 - storage comes back, or the lease expires
                _LOG.warning("the app lease was not renewed, trying again: %s", error)

    async def release(self) -> None:
        """Give it up."""
        try:
            await BlobLeaseClient(self._container, self._id).release()
        except HttpResponseError:
            return

    async def _hold(self) -> bool:
        try:
            await self._container.acquire_lease(_SECONDS, lease_id=self._id)
        except HttpResponseError as refused:
            if refused.status_code == 409:
                return False
            raise
        return True
