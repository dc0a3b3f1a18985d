"""HTTP client for the lines' function apps: one shared connection pool, one attempt per call.

The key is sent in a header, never in a URL, and no error contains a host name or a key.
"""

import json
from collections.abc import Mapping
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from router.azure.app_host import DURABLE, ask_host
from router.domain.app_health import HostReport
from router.domain.errors import Unavailable
from router.ports import Answer, Route

_TRACE = ("traceparent", "tracestate")
_MAX_CONNECTIONS = 1024
_MAX_PER_APP = 64  # so that an app that does not answer leaves connections to the others
_KEEP_ALIVE_SECONDS = 60
_CONNECT_SECONDS = 5
_STOPPED = b"this web app is stopped"  # in the page of Azure's front end, which answers 403


class HttpUpstream:
    """Implements router.ports.Upstream. `seconds` limits one attempt."""

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
        path = f"{DURABLE}/orchestrators/{_segment(function)}/{_segment(instance_id)}"
        headers = _trace_headers(trace)
        url = URL(route.base_url + path, encoded=True)
        body = as_python_input(value)
        return await self._request("POST", url, route.key, body, headers, within)

    async def manage(
        self,
        route: Route,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes,
        trace: Mapping[str, str] | None = None,
    ) -> Answer:
        url = URL(f"{route.base_url}{DURABLE}/{quote(path, safe='/')}", encoded=True)
        headers = _trace_headers(trace)
        return await self._request(method, url.with_query(query), route.key, body, headers)

    async def ask(self, route: Route, path: str) -> Answer:
        return await self.manage(route, "GET", path, {"showInput": "false"}, b"")

    async def report(self, route: Route) -> HostReport:
        async def ask(path: str, key: str) -> Answer:
            return await self._request("GET", URL(route.base_url + path, encoded=True), key)

        return await ask_host(ask, route)

    async def admin(self, route: Route, method: str, path: str) -> Answer:
        url = URL(f"{route.base_url}/admin/host/{path}", encoded=True)
        return await self._request(method, url, route.host_key or "")

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _request(
        self,
        method: str,
        url: URL,
        key: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> Answer:
        sent = {"x-functions-key": key, "Content-Type": "application/json", **(headers or {})}
        try:
            async with self._pool().request(
                method,
                url,
                data=body or None,
                headers=sent,
                allow_redirects=False,
                timeout=self._timeout(within),
            ) as answer:
                received = Answer(answer.status, answer.headers, await answer.read())
        except TimeoutError as error:
            raise _timed_out() from error
        except ClientError as error:
            raise _unreachable() from error
        if received.status == 403 and _STOPPED in received.body.lower():
            raise _stopped()
        return received

    def _timeout(self, within: float | None = None) -> ClientTimeout:
        seconds = self._seconds if within is None else max(0.001, min(within, self._seconds))
        return ClientTimeout(total=seconds, sock_connect=min(seconds, _CONNECT_SECONDS))

    def _pool(self) -> ClientSession:
        # Created on first use, on the event loop it belongs to.
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(
                    limit=_MAX_CONNECTIONS,
                    limit_per_host=_MAX_PER_APP,
                    keepalive_timeout=_KEEP_ALIVE_SECONDS,
                ),
                cookie_jar=DummyCookieJar(),
            )
        return self._session


def as_python_input(value: bytes) -> bytes:
    """Encode JSON text so that a Python orchestrator's `get_input` returns exactly that value.

    The SDK parses an input that is text a second time. Only objects and null are taken as they are.
    """
    if value.lstrip()[:1] in (b"", b"{") or value.strip() == b"null":
        return value
    return json.dumps(value.decode()).encode()


def _trace_headers(trace: Mapping[str, str] | None) -> dict[str, str]:
    return {name: trace[name] for name in _TRACE if name in trace} if trace else {}


def _segment(text: str) -> str:
    return quote(text, safe="")


def _unreachable() -> Unavailable:
    detail = "The line's app could not be reached. It may be starting. Retry shortly."
    return Unavailable("upstream-unreachable", detail, status=502)


def _stopped() -> Unavailable:
    detail = "The line's app is stopped in Azure and did not take the request. Start it there."
    return Unavailable("app-stopped", detail)


def _timed_out() -> Unavailable:
    detail = "The line's app did not respond in time. Retry with the same instance id."
    return Unavailable("upstream-timeout", detail, status=504)
