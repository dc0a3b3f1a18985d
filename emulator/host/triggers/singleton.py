"""The lease of a blob, by which one host at a time runs a listener."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError
from azure.storage.blob.aio import BlobClient, BlobLeaseClient

SECONDS = 15
_RENEWAL_SECONDS = 5.0
_RETRY_SECONDS = 1.0

log = logging.getLogger("Host.Triggers")


@contextlib.asynccontextmanager
async def held(blob: BlobClient) -> AsyncIterator[BlobLeaseClient]:
    """Hold the lease of a blob, after waiting until no other host holds it."""
    lease = await _acquired(blob)
    renewal = asyncio.create_task(_renew(lease))
    try:
        yield lease
    finally:
        renewal.cancel()
        with contextlib.suppress(AzureError):
            await lease.release()


async def _acquired(blob: BlobClient) -> BlobLeaseClient:
    with contextlib.suppress(ResourceExistsError, HttpResponseError):
        await blob.upload_blob(b"", overwrite=False)
    while True:
        try:
            return await blob.acquire_lease(SECONDS)
        except ResourceExistsError:  # another host has it
            await asyncio.sleep(_RETRY_SECONDS)


async def _renew(lease: BlobLeaseClient) -> None:
    while True:
        await asyncio.sleep(_RENEWAL_SECONDS)
        try:
            await lease.renew()
        except AzureError as error:
            log.warning("the lease of a listener was not renewed: %s", error)
