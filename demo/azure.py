"""What there is in the emulated Azure: sites and plans asked of its control plane, queues of
storage. The second witness of the story, beside the router's own word. Changes nothing, but for
what somebody does in the portal.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from azure.storage.queue.aio import QueueServiceClient

_API_VERSION = "2025-05-01"


@dataclass(frozen=True, slots=True)
class Azure:
    """`identity` is the managed identity's endpoint and the secret that opens it."""

    session: aiohttp.ClientSession
    arm: str
    identity: tuple[str, str]
    group: str  # /subscriptions/{id}/resourceGroups/{name}
    storage: str

    @classmethod
    def of(cls, session: aiohttp.ClientSession, endpoints: dict[str, Any]) -> "Azure":
        """What the emulator's endpoints.json names."""
        identity = endpoints["identity"]
        return cls(
            session=session,
            arm=endpoints["arm"],
            identity=(identity["endpoint"], identity["header"]),
            group=endpoints["resourceGroup"],
            storage=endpoints["storage"],
        )

    async def function_apps(self) -> list[str]:
        """Names of the sites, in order."""
        return await self._names("sites")

    async def delete_function_app(self, name: str) -> None:
        """What somebody does in the portal, behind the router's back."""
        bearer = {"Authorization": f"Bearer {await self._token()}"}
        async with self.session.delete(self._url(f"sites/{name}"), headers=bearer) as response:
            response.raise_for_status()

    async def plans(self) -> list[str]:
        """Names of the plans, in order."""
        return await self._names("serverfarms")

    async def queues(self, hub: str) -> list[str]:
        """Names of the queues of a task hub, in order."""
        async with QueueServiceClient.from_connection_string(self.storage) as service:
            found = service.list_queues(name_starts_with=f"{hub.lower()}-")
            return sorted([queue.name async for queue in found])

    async def _names(self, kind: str) -> list[str]:
        bearer = {"Authorization": f"Bearer {await self._token()}"}
        found = await self._get(self._url(kind), bearer)
        return sorted(item["name"] for item in found["value"])

    def _url(self, resource: str) -> str:
        provider = f"{self.arm}{self.group}/providers/Microsoft.Web"
        return f"{provider}/{resource}?api-version={_API_VERSION}"

    async def _token(self) -> str:
        endpoint, secret = self.identity
        asked = urlencode({"api-version": "2019-08-01", "resource": "https://management.azure.com"})
        answer = await self._get(f"{endpoint}?{asked}", {"X-IDENTITY-HEADER": secret})
        return str(answer["access_token"])

    async def _get(self, url: str, headers: dict[str, str]) -> Any:
        async with self.session.get(url, headers=headers) as response:
            response.raise_for_status()
            return await response.json()
