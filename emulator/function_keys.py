"""The keys of the router's functions, set as an operator of a function app would set them.

Functions named `client_…` get a key named `client`, functions named `ops_…` one named `ops`; the
host key `default` opens all.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp
from azure.storage.blob.aio import BlobClient

from emulator.places import read_json, write_json
from emulator.router_settings import SITE

_SECONDS = aiohttp.ClientTimeout(total=30)


@dataclass(frozen=True, slots=True, repr=False)
class RouterKeys:
    """The keys' values, and the secret that signs links."""

    client: str
    ops: str
    host: str
    links: str


def load(file: Path) -> RouterKeys:
    """The keys of this state directory, made on first use."""
    if not file.exists():
        made = RouterKeys(*(secrets.token_urlsafe(32) for _ in range(4)))
        write_json(file, asdict(made))
    return RouterKeys(**read_json(file))


async def set_keys(router_url: str, storage: str, keys: RouterKeys) -> None:
    """Give the router's running host these keys, through its admin API."""
    headers = {"x-functions-key": await _master_key(storage)}
    async with aiohttp.ClientSession(
        router_url, headers=headers, timeout=_SECONDS, raise_for_status=True
    ) as session:
        await _set(session, "/admin/host/functionkeys/default", keys.host)
        async with session.get("/admin/functions") as answer:
            names = [function["name"] for function in await answer.json()]
        for name in names:
            kind = name.partition("_")[0]
            if value := {"client": keys.client, "ops": keys.ops}.get(kind):
                await _set(session, f"/admin/functions/{name}/keys/{kind}", value)


async def _set(session: aiohttp.ClientSession, path: str, value: str) -> None:
    body = {"name": path.rpartition("/")[2], "value": value}
    async with session.put(path, json=body):
        pass


async def _master_key(storage: str) -> str:
    blob = BlobClient.from_connection_string(storage, "azure-webjobs-secrets", f"{SITE}/host.json")
    async with blob:
        document: dict[str, Any] = json.loads(await (await blob.download_blob()).readall())
        return str(document["masterKey"])
