"""A client of the emulated Azure: its function apps, plans and queues, seen past the router."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from azure.storage.queue.aio import QueueServiceClient

_API_VERSION = "2025-05-01"
_IDENTITY_QUERY = {"api-version": "2019-08-01", "resource": "https://management.azure.com"}


@dataclass(frozen=True, slots=True)
class AzureClient:
    """A client of one resource group, `/subscriptions/{id}/resourceGroups/{name}`.

    `identity` is the endpoint of the managed identity and its secret.
    """

    session: aiohttp.ClientSession
    arm: str
    identity: tuple[str, str]
    group: str
    storage: str

    @classmethod
    def of(cls, session: aiohttp.ClientSession, endpoints: Mapping[str, Any]) -> "AzureClient":
        """Return a client of the Azure that an `endpoints.json` names."""
        identity = endpoints["identity"]
        return cls(
            session=session,
            arm=endpoints["arm"],
            identity=(identity["endpoint"], identity["header"]),
            group=endpoints["resourceGroup"],
            storage=endpoints["storage"],
        )

    async def function_apps(self) -> list[str]:
        """Return the sorted names of the function apps."""
        return await self._names("sites")

    async def host_names(self) -> dict[str, str]:
        """Return the host names of the function apps by name."""
        found = await self._get(self._url("sites"), await self._bearer())
        return {each["name"]: each["properties"]["defaultHostName"] for each in found["value"]}

    async def plans(self) -> list[str]:
        """Return the sorted names of the plans."""
        return await self._names("serverfarms")

    async def delete_function_app(self, name: str) -> None:
        """Delete a function app behind the router's back, as in the portal."""
        headers = await self._bearer()
        async with self.session.delete(self._url(f"sites/{name}"), headers=headers) as response:
            response.raise_for_status()

    async def queues(self, hub: str) -> list[str]:
        """Return the sorted names of the queues of a task hub."""
        async with QueueServiceClient.from_connection_string(self.storage) as service:
            found = service.list_queues(name_starts_with=f"{hub.lower()}-")
            return sorted([queue.name async for queue in found])

    async def _names(self, kind: str) -> list[str]:
        found = await self._get(self._url(kind), await self._bearer())
        return sorted(item["name"] for item in found["value"])

    def _url(self, resource: str) -> str:
        provider = f"{self.arm}{self.group}/providers/Microsoft.Web"
        return f"{provider}/{resource}?api-version={_API_VERSION}"

    async def _bearer(self) -> dict[str, str]:
        endpoint, secret = self.identity
        url = f"{endpoint}?{urlencode(_IDENTITY_QUERY)}"
        token = (await self._get(url, {"X-IDENTITY-HEADER": secret}))["access_token"]
        return {"Authorization": f"Bearer {token}"}

    async def _get(self, url: str, headers: dict[str, str]) -> Any:
        async with self.session.get(url, headers=headers) as response:
            response.raise_for_status()
            return await response.json()
