"""Store the inputs of parked starts in a container, in a folder for each reason to keep them.

A reference is the rest of the name: the line, the instance's id and a random part, so that two
starts with one id never share an input. It is a contract: parked starts outlive an upgrade.
"""

import base64
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import uuid4

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobClient

from router.azure.error_text import code_of, describe
from router.azure.storage.account import Storage, created_container
from router.domain.errors import Unreadable
from router.domain.version import LineId, parse_line
from router.ports import Kept, KeptInput

_NO_CONTAINER = "ContainerNotFound"
_PAGE = 250  # names, which the SDK parses at once


class BlobParkedInputs:
    """Implements router.ports.ParkedInputs in a container that is created on first use."""

    def __init__(self, storage: Storage, app_name: str) -> None:
        self._storage = storage
        self._container = f"{app_name}-parked"

    async def put(self, line: LineId, instance_id: str, value: str) -> str:
        """Store an input and return its reference."""
        reference = f"{line}/{_encoded(instance_id)}/{uuid4().hex}"
        with _map_errors("store"):
            await self._write(Kept.WAITING, reference, value)
        return reference

    async def get(self, reference: str) -> str | None:
        """Return an input, or None if it was deleted."""
        with _map_errors("read"):
            waiting = await self._read(Kept.WAITING, reference)
            return waiting if waiting is not None else await self._read(Kept.ENDED, reference)

    async def was_forwarded(self, reference: str) -> bool:
        """Return True if the input was deleted because its start was forwarded."""
        with _map_errors("find"):
            return await self._blob(Kept.FORWARDED, reference).exists()

    async def keep(self, reference: str, kept: Kept) -> None:
        """Record how a start ended. The new blob is written before the old one is deleted."""
        with _map_errors("move"):
            value = await self._read(Kept.WAITING, reference) if kept is Kept.ENDED else ""
            if value is None:
                return
            await self._write(kept, reference, value)
            await self._delete(Kept.WAITING, reference)

    async def delete(self, reference: str) -> None:
        """Delete everything that is kept of a start."""
        with _map_errors("delete"):
            for kept in Kept:
                await self._delete(kept, reference)

    async def counts(self) -> Mapping[LineId, int]:
        """Count the waiting ones of each line."""
        found = Counter[LineId]()
        with _map_errors("count"):
            async for blob in self._list(Kept.WAITING):
                found[parse_line(blob.name.split("/")[1])] += 1
        return found

    async def older(self, kept: Kept, than: datetime, top: int) -> Sequence[KeptInput]:
        """Return some that are older than a time."""
        found: list[KeptInput] = []
        with _map_errors("list"):
            async for blob in self._list(kept):
                _, reference = blob.name.split("/", 1)
                if blob.last_modified < than:
                    instance_id = _decoded(reference.split("/")[1])
                    found.append(KeptInput(reference, instance_id, blob.last_modified))
                if len(found) == top:
                    break
        return found

    async def _list(self, kept: Kept) -> AsyncIterator[BlobProperties]:
        container = self._storage.blobs.get_container_client(self._container)
        try:
            async for blob in container.list_blobs(f"{kept}/", results_per_page=_PAGE):
                yield blob
        except ResourceNotFoundError as error:
            if code_of(error) != _NO_CONTAINER:
                raise

    async def _write(self, kept: Kept, reference: str, value: str) -> None:
        blob, content = self._blob(kept, reference), value.encode()
        try:
            await blob.upload_blob(content, overwrite=True)
        except ResourceNotFoundError:
            await created_container(self._storage, self._container)
            await blob.upload_blob(content, overwrite=True)

    async def _read(self, kept: Kept, reference: str) -> str | None:
        try:
            content = await (await self._blob(kept, reference).download_blob()).readall()
        except ResourceNotFoundError:
            return None
        return bytes(content).decode()

    async def _delete(self, kept: Kept, reference: str) -> None:
        try:
            await self._blob(kept, reference).delete_blob()
        except ResourceNotFoundError:
            return

    def _blob(self, kept: Kept, reference: str) -> BlobClient:
        return self._storage.blobs.get_blob_client(self._container, f"{kept}/{reference}")


def _encoded(instance_id: str) -> str:
    """Return an id as a segment of a blob's name, which may not end with a dot, among others."""
    return base64.urlsafe_b64encode(instance_id.encode()).rstrip(b"=").decode()


def _decoded(segment: str) -> str:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode()


@contextmanager
def _map_errors(attempt: str) -> Iterator[None]:
    try:
        yield
    except AzureError as error:
        detail = f"Could not {attempt} the input of a parked start: {describe(error)}."
        raise Unreadable(detail) from error
