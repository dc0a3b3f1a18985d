"""A client of a function app's own Durable API, past the router."""

from dataclasses import dataclass
from typing import Any

import aiohttp

from harness.waiting import until

API = "/runtime/webhooks/durabletask"
_POLL_SECONDS = 0.25  # each poll reads a whole table


@dataclass(frozen=True, slots=True)
class DurableClient:
    """A client of one app, with its system key."""

    session: aiohttp.ClientSession
    app: str
    key: str

    async def ask(
        self, method: str, path: str, body: str | None = None
    ) -> tuple[int, dict[str, str], str]:
        """Send a request, and return (status, headers, text)."""
        headers = {"x-functions-key": self.key}
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = self.app + API + path
        async with self.session.request(method, url, data=body, headers=headers) as answer:
            return answer.status, dict(answer.headers), await answer.text()

    async def start(self, function: str) -> str:
        """Start an instance and return its status URL."""
        url = f"{self.app}{API}/orchestrators/{function}"
        async with self.session.post(url, headers=self._headers, data=b"{}") as answer:
            body = await answer.json(content_type=None)
            if answer.status != 202:
                raise RuntimeError(f"a start got {answer.status}: {body}")
            return str(body["statusQueryGetUri"])

    async def all_ended(self) -> None:
        """Return once every instance has ended."""
        await until(
            lambda: self._instances(runtimeStatus="Pending,Running", top="1"),
            lambda left: not left,
            poll_seconds=_POLL_SECONDS,
        )

    async def completed(self) -> int:
        """Count the instances that are Completed."""
        return len(await self._instances(runtimeStatus="Completed"))

    async def _instances(self, **query: str) -> list[Any]:
        found: list[Any] = []
        token = ""
        while True:
            headers = self._headers | ({"x-ms-continuation-token": token} if token else {})
            url = f"{self.app}{API}/instances"
            async with self.session.get(url, params=query, headers=headers) as answer:
                if answer.status != 200:
                    raise RuntimeError(f"the list of instances got {answer.status}")
                found += await answer.json(content_type=None)
                token = answer.headers.get("x-ms-continuation-token", "")
            if not token or (found and "top" in query):
                return found

    @property
    def _headers(self) -> dict[str, str]:
        return {"x-functions-key": self.key, "Content-Type": "application/json"}
