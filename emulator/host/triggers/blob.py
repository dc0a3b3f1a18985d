"""The listener of a container: what it finds goes through a queue of the host, and is done once.

A receipt in the host's container stands for each version of a blob. It has the metadata `done` once
its function has run.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient, ContainerClient
from azure.storage.queue.aio import QueueClient

from emulator.host.bindings.accounts import send
from emulator.host.bindings.blob_text import is_binary, text_of
from emulator.host.bindings.queue_options import QueueOptions
from emulator.host.functions.function import Binding
from emulator.host.functions.values.trigger_value import Fire, Kind, TriggerValue
from emulator.host.triggers.blob_path import BlobPath

SCAN_SECONDS = 2.0  # Azure takes minutes for a container of many blobs
DONE = "done"

log = logging.getLogger("Host.Triggers")


@dataclass(frozen=True, slots=True)
class BlobPlaces:
    """Where a blob trigger reads, and where its host keeps receipts and messages.

    `receipts` is the prefix of the receipts' names in the container `host`.
    """

    container: ContainerClient
    host: ContainerClient
    receipts: str
    queue: QueueClient


class BlobListener:
    """Fires one function for each version of each blob that its path matches."""

    def __init__(
        self, function: str, binding: Binding, path: BlobPath, places: BlobPlaces, fire: Fire
    ) -> None:
        self._function = function
        self._binary = is_binary(binding)
        self._path = path
        self._places = places
        self._fire = fire
        self._seen: set[tuple[str, str]] = set()

    async def run(self, options: QueueOptions, wake: Callable[[], None]) -> None:
        """Look for new versions until cancelled, send a message for each, and wake its reader."""
        while True:
            try:
                async for name, etag in self._found():
                    await self._queue(options, name, etag)
                    wake()
            except ResourceNotFoundError:
                pass  # the container does not exist yet
            except AzureError as error:
                log.warning("%s cannot be read: %s", self._path.container, error)
            await asyncio.sleep(SCAN_SECONDS)

    async def handle(self, message: TriggerValue) -> None:
        """Fire for the version that a message names, unless that was done or it is gone."""
        document = json.loads(message.payload)
        name, etag = document["BlobName"], document["ETag"]
        receipt = self._receipt(name, etag)
        if await _metadata(receipt) == {DONE: "true"}:
            return
        blob = self._places.container.get_blob_client(name)
        try:
            stream = await blob.download_blob()
            content = await stream.readall()
        except ResourceNotFoundError:
            return
        if stream.properties.etag == etag:
            value = blob_value(blob, stream.properties, content, binary=self._binary)
            captured = self._path.match(name) or {}
            await self._fire(_with(value, captured))
        await receipt.upload_blob(b"", overwrite=True, metadata={DONE: "true"})

    async def _found(self) -> AsyncIterator[tuple[str, str]]:
        blobs = self._places.container.list_blobs(name_starts_with=self._path.prefix or None)
        async for blob in blobs:
            version = (blob.name, f'"{blob.etag.strip(chr(34))}"')
            if version not in self._seen and self._path.match(blob.name) is not None:
                yield version
                self._seen.add(version)

    async def _queue(self, options: QueueOptions, name: str, etag: str) -> None:
        receipt = self._receipt(name, etag)
        if await _metadata(receipt) is not None:
            return
        message = {
            "Type": "BlobTrigger",
            "FunctionId": f"Host.Functions.{self._function}",
            "BlobType": "BlockBlob",
            "ContainerName": self._path.container,
            "BlobName": name,
            "ETag": etag,
        }
        await send(self._places.queue, options.written(json.dumps(message).encode()))
        await receipt.upload_blob(b"", overwrite=True)

    def _receipt(self, name: str, etag: str) -> BlobClient:
        path = f"{self._places.receipts}/{etag.strip(chr(34))}/{self._path.container}/{name}"
        return self._places.host.get_blob_client(path)


async def _metadata(receipt: BlobClient) -> dict[str, str] | None:
    try:
        return (await receipt.get_blob_properties()).metadata or {}
    except ResourceNotFoundError:
        return None


def blob_value(blob: BlobClient, properties: Any, content: bytes, *, binary: bool) -> TriggerValue:
    """Return what a blob trigger passes to its function."""
    path = f"{blob.container_name}/{blob.blob_name}"
    uri = blob.url.partition("?")[0]
    described = {
        "LastModified": properties.last_modified.isoformat(),
        "CreatedOn": properties.creation_time.isoformat(),
        "ContentLength": properties.size,
        "ContentType": properties.content_settings.content_type,
        "ETag": properties.etag,
        "BlobType": 0,
    }
    return TriggerValue(
        content if binary else text_of(content).encode(),
        "bytes" if binary else "string",
        {
            "BlobTrigger": ("string", path),
            "Uri": ("json", json.dumps(uri)),
            "Properties": ("json", json.dumps(described)),
            "Metadata": ("json", json.dumps(properties.metadata or {})),
        },
        {"BlobTrigger": path, "Uri": uri},
    )


def _with(value: TriggerValue, captured: Mapping[str, str]) -> TriggerValue:
    names: dict[str, tuple[Kind, str]] = {name: ("string", text) for name, text in captured.items()}
    return TriggerValue(
        value.payload, value.kind, {**value.metadata, **names}, {**value.data, **captured}
    )
