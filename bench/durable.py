"""A function app's own Durable API, spoken to directly: what there is without a router."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.failure import MeasurementFailed

_API = "/runtime/webhooks/durabletask"
_LOOK_SECONDS = 0.25  # each look reads a whole table
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Durable:
    """One app's API, opened by its key."""

    session: aiohttp.ClientSession
    app: str
    key: str

    async def start(self, function: str) -> str:
        """Start an instance; its status URL."""
        url = f"{self.app}{_API}/orchestrators/{function}"
        async with self.session.post(url, headers=self._headers, data=b"{}") as answer:
            body = await answer.json(content_type=None)
            if answer.status != 202:
                raise MeasurementFailed(f"a start got {answer.status}: {body}")
            return str(body["statusQueryGetUri"])

    async def all_ended(self) -> None:
        """Return once no instance is left that has not ended."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while left := await self._instances(runtimeStatus="Pending,Running", top="1"):
            if time.monotonic() > deadline:
                raise MeasurementFailed(f"not ended in {_PATIENCE_SECONDS:.0f} s: {left}")
            await asyncio.sleep(_LOOK_SECONDS)

    async def completed(self) -> int:
        """How many instances are Completed."""
        return len(await self._instances(runtimeStatus="Completed"))

    async def _instances(self, **query: str) -> list[Any]:
        found: list[Any] = []
        token = ""
        while True:
            headers = self._headers | ({"x-ms-continuation-token": token} if token else {})
            url = f"{self.app}{_API}/instances"
            async with self.session.get(url, params=query, headers=headers) as answer:
                if answer.status != 200:
                    raise MeasurementFailed(f"the list of instances got {answer.status}")
                found += await answer.json(content_type=None)
                token = answer.headers.get("x-ms-continuation-token", "")
            if not token or (found and "top" in query):
                return found

    @property
    def _headers(self) -> dict[str, str]:
        return {"x-functions-key": self.key, "Content-Type": "application/json"}
