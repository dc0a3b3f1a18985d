"""A client of a running host's admin API."""

import json
from typing import Any

import aiohttp
from azure.core.exceptions import AzureError
from azure.storage.blob.aio import BlobClient

_TIMEOUT = aiohttp.ClientTimeout(total=30)
_SECRETS = "azure-webjobs-secrets"


class HostAdmin:
    """The admin API of one host, whose master key is read from the storage of its app."""

    def __init__(self, url: str, storage: str, site: str) -> None:
        self._url = url
        self._storage = storage
        self._site = site

    async def problem(self) -> str | None:
        """Return why the host cannot serve, or None if it can or its status is unknown yet."""
        try:
            status = await self._ask("GET", "/admin/host/status")
        except (aiohttp.ClientError, TimeoutError, AzureError):
            return None
        return "; ".join(status["errors"]) if status["state"] == "Error" else None

    async def functions(self) -> list[str]:
        """Return the names of the app's functions."""
        return [function["name"] for function in await self._ask("GET", "/admin/functions")]

    async def set_function_key(self, function: str, name: str, value: str) -> None:
        """Set a named key of a function."""
        await self._ask("PUT", f"/admin/functions/{function}/keys/{name}", value)

    async def set_host_key(self, name: str, value: str) -> None:
        """Set a named host key, which grants access to every function."""
        await self._ask("PUT", f"/admin/host/functionkeys/{name}", value)

    async def _ask(self, method: str, path: str, key: str | None = None) -> Any:
        body = {"name": path.rpartition("/")[2], "value": key} if key else None
        headers = {"x-functions-key": await self._master_key()}
        async with (
            aiohttp.ClientSession(self._url, headers=headers, timeout=_TIMEOUT) as session,
            session.request(method, path, json=body, raise_for_status=True) as answer,
        ):
            return await answer.json()

    async def _master_key(self) -> str:
        blob = f"{self._site}/host.json"
        async with BlobClient.from_connection_string(self._storage, _SECRETS, blob) as client:
            document = json.loads(await (await client.download_blob()).readall())
            return str(document["masterKey"]["value"])
