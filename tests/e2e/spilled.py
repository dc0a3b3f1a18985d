"""Where a secret is written down: a search through every byte that a stack has stored or said.

Owns the forms that a secret may take and the places that are looked at. Which secret may be where
is not known here.
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
    """The secret as it is, as in a URL, and within whatever was encoded in base64."""
    raw = secret.encode()
    return {raw, quote(secret, safe="").encode()} | {
        _inner(encode(bytes(before) + raw), before, len(raw))
        for encode in (b64encode, urlsafe_b64encode)
        for before in range(3)
    }


def _inner(encoded: bytes, before: int, length: int) -> bytes:
    """The characters that tell of nothing but the `length` bytes behind those `before`."""
    return encoded[-(-before * 8 // 6) : (before + length) * 8 // 6]


class Heard:
    """Every answer that a session has got: headers and body, as they came."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
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

    def _add(self, method: str, url: str, said: bytes) -> None:
        where = f"answer to {method} {url.partition('?')[0]}"
        self.answers[where] = self.answers.get(where, b"") + said


async def blobs(storage: str) -> dict[str, bytes]:
    """Every blob of an account, unpacked where it is packed."""
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
    """Every file below a state directory: tables and queues as Azurite stores them, logs and what
    the emulated Azure remembers; not Azurite's files of blobs."""
    return {
        f"file {path.relative_to(root)}": path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and _BLOBS not in path.parts
    }


async def keys(storage: str) -> set[str]:
    """The keys that are there now, of every function app."""
    kept = await blobs(storage)
    documents = (json.loads(text) for name, text in kept.items() if f"blob {SECRETS}/" in name)
    return {key for document in documents for key in _texts(document)}


def _texts(document: object) -> Iterator[str]:
    if isinstance(document, Mapping):
        for value in document.values():
            yield from _texts(value)
    elif isinstance(document, str):
        yield document


def holding(secrets: Iterable[str], places: Mapping[str, bytes]) -> set[str]:
    """Those places that hold any of the secrets in any form."""
    wanted = [form for secret in secrets for form in forms(secret)]
    return {where for where, said in places.items() if any(form in said for form in wanted)}
