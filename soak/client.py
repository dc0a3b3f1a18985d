"""What a caller asks of the router who knows instances by their ids alone; one attempt each."""

import json

from demo.client import Answer, Router
from soak.plan import Start


class Client(Router):
    """The router's client."""

    async def begin(self, start: Start, version: str) -> Answer:
        """Start it for a version; under its own id if it has one."""
        path = f"/api/orchestrators/{start.function}"
        path += f"/{start.own_id}" if start.own_id else ""
        value = json.dumps(start.value).encode()
        return await self._ask("POST", f"{path}?version={version}", "client", value)

    async def instance(self, instance_id: str) -> Answer:
        """Its status."""
        return await self._ask("GET", f"/api/instances/{instance_id}", "client")

    async def tell_to_go(self, instance_id: str) -> Answer:
        """The event that an instance waits for."""
        path = f"/api/instances/{instance_id}/raiseEvent/go"
        return await self._ask("POST", path, "client", b"null")
