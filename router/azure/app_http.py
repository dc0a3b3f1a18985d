"""The HTTP of the lines' apps: one pool of connections for all, one attempt per call.

Owns what goes over the wire: addresses, the key (in a header, never in an address), how a value is
written so that a Python app reads the same value, time-outs. Knows neither retries nor lines'
states. No host name or key gets into an error.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from router.apps.redaction import fit
from router.domain.errors import Unavailable
from router.ports import Answer, Route

_DURABLE = "/runtime/webhooks/durabletask"
_STATUS = "/admin/host/status"
_TRACE = ("traceparent", "tracestate")
_CONNECTIONS = 256
_KEEP_ALIVE_SECONDS = 60
_CONNECT_SECONDS = 5


class HttpUpstream:
    """The apps (router.ports.Upstream). `seconds`: how long one attempt may take."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._session: ClientSession | None = None

    async def start(
        self,
        route: Route,
        function: str,
        instance_id: str,
        value: bytes,
        trace: Mapping[str, str] | None = None,
        *,
        within: float | None = None,
    ) -> Answer:
        path = f"{_DURABLE}/orchestrators/{_segment(function)}/{_segment(instance_id)}"
        headers = {name: trace[name] for name in _TRACE if name in trace} if trace else {}
        address = URL(route.base_url + path, encoded=True)
        body = as_python_input(value)
        return await self._ask("POST", address, route.key, body, headers, within)

    async def manage(
        self, route: Route, method: str, path: str, query: Mapping[str, str], body: bytes
    ) -> Answer:
        address = URL(f"{route.base_url}{_DURABLE}/{quote(path, safe='/')}", encoded=True)
        return await self._ask(method, address.with_query(query), route.key, body)

    async def health(self, route: Route) -> str | None:
        try:
            if route.host_key and (wrong := await self._host(route, route.host_key)):
                return wrong
            return await self._durable(route)
        except Unavailable as error:
            return error.detail

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _host(self, route: Route, key: str) -> str | None:
        answer = await self._ask("GET", URL(route.base_url + _STATUS), key)
        if answer.status != 200:
            return f"the app's host status answers {answer.status}"
        status = _object(answer.body)
        errors = "; ".join(str(error) for error in status.get("errors") or ())
        if status.get("state") == "Running" and not errors:
            return None
        told = f"the app's host is in state {fit(str(status.get('state')))}"
        return f"{told}: {fit(errors, (route.key, key))}" if errors else told

    async def _durable(self, route: Route) -> str | None:
        if not route.key:
            return "the app's host has not made its Durable key yet"
        address = URL(f"{route.base_url}{_DURABLE}/instances?top=1")
        answer = await self._ask("GET", address, route.key)
        return None if answer.status == 200 else f"the app's Durable API answers {answer.status}"

    async def _ask(
        self,
        method: str,
        address: URL,
        key: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> Answer:
        sent = {"x-functions-key": key, "Content-Type": "application/json", **(headers or {})}
        try:
            async with self._pool().request(
                method,
                address,
                data=body or None,
                headers=sent,
                allow_redirects=False,
                timeout=self._patience(within),
            ) as answer:
                return Answer(answer.status, answer.headers, await answer.read())
        except TimeoutError as error:
            raise _silent() from error
        except ClientError as error:
            raise _unreachable() from error

    def _patience(self, within: float | None = None) -> ClientTimeout:
        seconds = self._seconds if within is None else max(0.001, min(within, self._seconds))
        return ClientTimeout(total=seconds, sock_connect=min(seconds, _CONNECT_SECONDS))

    def _pool(self) -> ClientSession:
        # Made on first use, inside the loop that it belongs to.
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE_SECONDS),
                cookie_jar=DummyCookieJar(),
            )
        return self._session


def as_python_input(value: bytes) -> bytes:
    """JSON text, written so that a Python orchestrator's `get_input` returns that very value.

    The SDK parses an input that is text once more, and takes only objects (and null) as they are.
    """
    if value.lstrip()[:1] in (b"", b"{") or value.strip() == b"null":
        return value
    return json.dumps(value.decode()).encode()


def _segment(text: str) -> str:
    return quote(text, safe="")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _unreachable() -> Unavailable:
    detail = "The line's app could not be reached. It may be starting; send the same again shortly."
    return Unavailable("upstream-unreachable", detail, status=502)


def _silent() -> Unavailable:
    detail = (
        "The line's app did not answer in time. Send the same again, with the same instance id."
    )
    return Unavailable("upstream-timeout", detail, status=504)
