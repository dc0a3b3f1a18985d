"""The router as its clients see it: HTTP, keys, and the URLs that it hands out.

Owns the requests; judges nothing. The status URL of an instance is followed as it was given,
without a key, as any poller would.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `body` is the decoded JSON, None when there is none."""

    status: int
    headers: Mapping[str, str]
    body: Any
    seconds: float


@dataclass(frozen=True, slots=True)
class Started:
    """An accepted start: what its 202 says."""

    answer: Answer

    @property
    def id(self) -> str:
        """The instance's id."""
        return str(self.answer.body["id"])

    @property
    def status_url(self) -> str:
        """Where to poll."""
        return str(self.answer.body["statusQueryGetUri"])

    def event_url(self, name: str) -> str:
        """Where to send an external event."""
        return str(self.answer.body["sendEventPostUri"]).replace("{eventName}", name)


class Router:
    """A client of the router. `keys` are the keys named `client` and `ops`."""

    def __init__(self, session: aiohttp.ClientSession, url: str, keys: Mapping[str, str]) -> None:
        self._session = session
        self._url = url
        self._keys = keys

    async def register(self, version: str, package: bytes) -> Answer:
        """PUT /api/releases/{version}, as operations do."""
        return await self._ask("PUT", f"/api/releases/{version}", "ops", package, "application/zip")

    async def get(self, path: str) -> Answer:
        """GET what operations may see: /api/lines/1.0, or the Location of an operation."""
        return await self._ask("GET", path, "ops")

    async def order(self, line: str, what: str) -> Answer:
        """POST /api/lines/{line}/{what}: drain, undrain, retire or revive."""
        return await self._ask("POST", f"/api/lines/{line}/{what}", "ops")

    async def ask_to_start(self, function: str, version: str, value: object) -> Answer:
        """POST /api/orchestrators/{function} for a version; whatever the answer is."""
        path = f"/api/orchestrators/{function}?version={version}"
        return await self._ask("POST", path, "client", json.dumps(value).encode())

    async def start(self, function: str, version: str, value: object) -> Started:
        """The same, where only 202 will do."""
        answer = await self.ask_to_start(function, version, value)
        if answer.status != 202:
            raise RuntimeError(f"a start for {version} got {answer.status}: {answer.body}")
        return Started(answer)

    async def follow(self, url: str) -> Answer:
        """GET a URL that the router handed out, without any key."""
        return await self._send("GET", url, {}, b"")

    async def raise_event(self, started: Started, name: str, value: object) -> Answer:
        """POST an external event, without any key."""
        headers = {"Content-Type": "application/json"}
        return await self._send(
            "POST", started.event_url(name), headers, json.dumps(value).encode()
        )

    async def _ask(
        self, method: str, path: str, key: str, body: bytes = b"", kind: str = "application/json"
    ) -> Answer:
        url = path if path.startswith("http") else self._url + path
        headers = {"x-functions-key": self._keys[key], "Content-Type": kind}
        return await self._send(method, url, headers, body)

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        began = time.monotonic()
        async with self._session.request(method, url, headers=headers, data=body) as response:
            text = await response.text()
            value = json.loads(text) if "json" in response.content_type and text else None
            return Answer(response.status, response.headers, value, time.monotonic() - began)
