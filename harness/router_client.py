"""A client of the router's HTTP API. One request per call, and no judgement of the response.

URLs that the router hands out are followed as they are, without a key, as any poller would.
"""

import itertools
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response. `body` is the decoded JSON, None if there is none."""

    status: int
    headers: Mapping[str, str]
    body: Any
    seconds: float


@dataclass(frozen=True, slots=True)
class Started:
    """An accepted start: its 202 response."""

    answer: Answer

    @property
    def id(self) -> str:
        """The id of the instance."""
        return str(self.answer.body["id"])

    @property
    def status_url(self) -> str:
        """The URL to poll."""
        return str(self.answer.body["statusQueryGetUri"])

    def event_url(self, name: str) -> str:
        """Return the URL that takes an external event."""
        return str(self.answer.body["sendEventPostUri"]).replace("{eventName}", name)


class RouterClient:
    """A client of one router. `keys` holds the keys named `client`, `ops` and `host`.

    Each request goes to the next of its instances, of which `url` may be the only one.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        keys: Mapping[str, str],
        others: Iterable[str] = (),
    ) -> None:
        self._session = session
        self._urls = itertools.cycle((url, *others))
        self._keys = keys

    @classmethod
    def of(cls, session: aiohttp.ClientSession, endpoints: Mapping[str, Any]) -> Self:
        """Return a client of the router that an `endpoints.json` names."""
        url, *others = endpoints["routers"]
        return cls(session, url, endpoints["keys"], others)

    @classmethod
    def of_each(cls, session: aiohttp.ClientSession, endpoints: Mapping[str, Any]) -> list[Self]:
        """Return a client of each instance."""
        return [cls(session, url, endpoints["keys"]) for url in endpoints["routers"]]

    async def register(self, version: str, package: bytes, query: str = "") -> Answer:
        """Register a release. `query` is appended to the path, such as `?deploy=on-request`."""
        path = f"/api/releases/{version}{query}"
        return await self.request("PUT", path, "ops", package, "application/zip")

    async def get(self, path: str) -> Answer:
        """GET a path of the operations API, or the Location of an operation."""
        return await self.request("GET", path, "ops")

    async def line_action(self, line: str, action: str) -> Answer:
        """Request drain, undrain, retire or revive of a line."""
        return await self.request("POST", f"/api/lines/{line}/{action}", "ops")

    async def request_start(
        self, function: str, version: str, value: object, instance_id: str | None = None
    ) -> Answer:
        """Request a start and return the response, whatever its status."""
        path = f"/api/orchestrators/{function}" + (f"/{instance_id}" if instance_id else "")
        body = json.dumps(value).encode()
        return await self.request("POST", f"{path}?version={version}", "client", body)

    async def start(self, function: str, version: str, value: object) -> Started:
        """Request a start that must be accepted. RuntimeError if it is not."""
        answer = await self.request_start(function, version, value)
        if answer.status != 202:
            raise RuntimeError(f"a start for {version} got {answer.status}: {answer.body}")
        return Started(answer)

    async def instance(self, instance_id: str) -> Answer:
        """GET the status of an instance by its id, with the client key."""
        return await self.request("GET", f"/api/instances/{instance_id}", "client")

    async def raise_event_by_id(self, instance_id: str, name: str, value: object) -> Answer:
        """POST an external event to an instance by its id, with the client key."""
        path = f"/api/instances/{instance_id}/raiseEvent/{name}"
        return await self.request("POST", path, "client", json.dumps(value).encode())

    async def follow(self, url: str) -> Answer:
        """GET a URL that the router handed out."""
        return await self.send("GET", url, {}, b"")

    async def raise_event(self, started: Started, name: str, value: object) -> Answer:
        """POST an external event to the URL that the router handed out."""
        body = json.dumps(value).encode()
        return await self.send("POST", started.event_url(name), {"Content-Type": _JSON}, body)

    async def request(
        self, method: str, path: str, key: str, body: bytes = b"", content_type: str = _JSON
    ) -> Answer:
        """Send a request with the key of this name. `path` may also be a whole URL."""
        url = path if path.startswith("http") else next(self._urls) + path
        headers = {"x-functions-key": self._keys[key], "Content-Type": content_type}
        return await self.send(method, url, headers, body)

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one request. Every other method comes through here."""
        began = time.monotonic()
        async with self._session.request(method, url, headers=headers, data=body) as response:
            text = await response.text()
            value = json.loads(text) if "json" in response.content_type and text else None
            return Answer(response.status, response.headers, value, time.monotonic() - began)
