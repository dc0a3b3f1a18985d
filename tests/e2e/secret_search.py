"""A search for secrets through every byte that a stack has stored, logged or sent.

It owns the forms that a secret may take and the locations to search.
"""

import gzip
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import aiohttp
from azure.storage.blob.aio import BlobServiceClient

SECRETS = "azure-webjobs-secrets"  # the container where Functions hosts keep their keys
_BLOBS = "__blobstorage__"  # Azurite's files of blobs, which belong to several containers at once
_GZIP = b"\x1f\x8b"


def forms(secret: str) -> set[bytes]:
    """Return the secret as it is, as in a URL, and as part of anything encoded in base64."""
    raw = secret.encode()
    return {raw, quote(secret, safe="").encode()} | {
        _inner(encode(bytes(before) + raw), before, len(raw))
        for encode in (b64encode, urlsafe_b64encode)
        for before in range(3)
    }


def _inner(encoded: bytes, before: int, length: int) -> bytes:
    """Return the characters that depend only on the `length` bytes after the first `before`."""
    return encoded[-(-before * 8 // 6) : (before + length) * 8 // 6]


class ResponseRecorder:
    """Every response of a session: headers and body, as received."""

    def __init__(self) -> None:
        self.responses: dict[str, bytes] = {}
        self.tracing = aiohttp.TraceConfig()
        self.tracing.on_response_chunk_received.append(self._chunk)
        self.tracing.on_request_end.append(self._end)

    async def _chunk(
        self, _: object, __: object, params: aiohttp.TraceResponseChunkReceivedParams
    ) -> None:
        self._add(params.method, str(params.url), params.chunk)

    async def _end(self, _: object, __: object, params: aiohttp.TraceRequestEndParams) -> None:
        headers = b"\n".join(b": ".join(each) for each in params.response.raw_headers)
        self._add(params.method, str(params.url), headers + b"\n")

    def _add(self, method: str, url: str, content: bytes) -> None:
        location = f"response to {method} {url.partition('?')[0]}"
        self.responses[location] = self.responses.get(location, b"") + content


async def blobs(storage: str) -> dict[str, bytes]:
    """Return every blob of an account by name, decompressed if necessary."""
    found = {}
    async with BlobServiceClient.from_connection_string(storage) as service:
        async for container in service.list_containers():
            client = service.get_container_client(container.name)
            async for blob in client.list_blobs():
                content = await (await client.download_blob(blob.name)).readall()
                packed = content.startswith(_GZIP)
                where = f"blob {container.name}/{blob.name}"
                found[where] = gzip.decompress(content) if packed else content
    return found


def files(root: Path) -> dict[str, bytes]:
    """Return every file below a state directory by name, except Azurite's files of blobs.

    These are Azurite's tables and queues, the logs, and the state of the emulated Azure.
    """
    return {
        f"file {path.relative_to(root)}": path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and _BLOBS not in path.parts
    }


async def keys(storage: str) -> set[str]:
    """Return the current keys of every function app."""
    kept = await blobs(storage)
    documents = (json.loads(text) for name, text in kept.items() if f"blob {SECRETS}/" in name)
    return {key for document in documents for key in _values(document)}


def _values(document: object) -> Iterator[str]:
    """Yield the value of every key in a document of a host, wherever it is."""
    if isinstance(document, Mapping):
        if isinstance(value := document.get("value"), str):
            yield value
        document = list(document.values())
    for each in document if isinstance(document, list) else ():
        yield from _values(each)


def containing(secrets: Iterable[str], locations: Mapping[str, bytes]) -> set[str]:
    """Return the locations that contain any of the secrets in any form."""
    wanted = [form for secret in secrets for form in forms(secret)]
    return {
        where for where, content in locations.items() if any(form in content for form in wanted)
    }
