"""A signed HTTP client for the storage calls that every step of an orchestration makes.

A call through the Azure SDK takes 1.5 to 2.5 ms of CPU time here, through this client about 0.4 ms.
On two cores, 300 orchestrations of two activities took 22 s with the SDK alone, most of it in its
pipeline. Only the frequent calls use this client, everything else uses the SDK.
"""

import asyncio
import base64
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import aiohttp
from yarl import URL

_RETRY_DELAYS = (0.05, 0.4, 2.0, 4.0)  # seconds, together as long as the real client tries
_KEEPALIVE_SECONDS = 4  # Azurite closes idle connections after five
_VERSION = "2021-12-02"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DEVELOPMENT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


class StorageError(Exception):
    """Storage returned an error with the HTTP status `status`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"storage returned {status}: {text[:300]}")
        self.status = status
        self.is_being_deleted = status == 409 and "BeingDeleted" in text


@dataclass(frozen=True, slots=True)
class StorageService:
    """The queue or table service of one account."""

    account: str
    key: bytes
    endpoint: str  # without a trailing slash


@dataclass(frozen=True, slots=True)
class StorageResponse:
    """The response to a successful call."""

    headers: Mapping[str, str]
    body: bytes


def storage_service(connection_string: str, kind: str) -> StorageService:
    """Return the "queue" or "table" service that a connection string names."""
    parts = dict(part.split("=", 1) for part in connection_string.split(";") if "=" in part)
    if parts.get("UseDevelopmentStorage", "").lower() == "true":
        port = {"queue": 10001, "table": 10002}[kind]
        endpoint = f"http://127.0.0.1:{port}/devstoreaccount1"
        return StorageService("devstoreaccount1", base64.b64decode(_DEVELOPMENT_KEY), endpoint)
    account = parts["AccountName"]
    suffix = parts.get("EndpointSuffix", "core.windows.net")
    protocol = parts.get("DefaultEndpointsProtocol", "https")
    endpoint = parts.get(f"{kind.title()}Endpoint", f"{protocol}://{account}.{kind}.{suffix}")
    return StorageService(account, base64.b64decode(parts["AccountKey"]), endpoint.rstrip("/"))


def open_session() -> aiohttp.ClientSession:
    """Return a connection pool for any number of clients, to be closed by the caller."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=_KEEPALIVE_SECONDS),
        timeout=aiohttp.ClientTimeout(total=60),
        skip_auto_headers=("Content-Type", "User-Agent", "Accept-Encoding"),
    )


class RestClient:
    """Calls one storage service over a shared connection pool."""

    def __init__(self, session: aiohttp.ClientSession, service: StorageService) -> None:
        self._session = session
        self._service = service
        self.endpoint = service.endpoint
        self._root = urlsplit(service.endpoint).path

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        lite: bool = False,
    ) -> StorageResponse:
        """Make one call and return its response.

        `path` is escaped and begins with a slash. `lite` selects SharedKeyLite, which tables use.
        Raises StorageError for a status of 400 and above.
        """
        sent = {"x-ms-date": _http_date(), "x-ms-version": _VERSION, **(headers or {})}
        query = query or {}
        to_sign = (
            self._table_string_to_sign(path, query, sent)
            if lite
            else self._string_to_sign(method, path, query, sent, len(body))
        )
        signature = base64.b64encode(hmac.digest(self._service.key, to_sign.encode(), "sha256"))
        scheme = "SharedKeyLite" if lite else "SharedKey"
        sent["Authorization"] = f"{scheme} {self._service.account}:{signature.decode()}"
        url = f"{self.endpoint}{path}"
        if query:
            url += "?" + "&".join(f"{k}={quote(v, safe='')}" for k, v in query.items())
        return await self._send(method, URL(url, encoded=True), sent, body)

    async def _send(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes
    ) -> StorageResponse:
        for delay in (*_RETRY_DELAYS, None):
            try:
                async with self._session.request(
                    method, url, headers=headers, data=body or None
                ) as response:
                    result = StorageResponse(response.headers, await response.read())
                    if response.status < 400:
                        return result
                    error = StorageError(response.status, result.body.decode(errors="replace"))
                    if response.status < 500 or delay is None:
                        raise error
            except (aiohttp.ClientConnectionError, TimeoutError):
                if delay is None:
                    raise
            await asyncio.sleep(delay)
        raise AssertionError("unreachable")

    def _string_to_sign(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        length: int,
    ) -> str:
        canonical_headers = "".join(
            f"{k}:{headers[k]}\n" for k in sorted(headers) if k.startswith("x-ms-")
        )
        canonical_resource = f"/{self._service.account}{self._root}{path}"
        canonical_resource += "".join(f"\n{k}:{query[k]}" for k in sorted(query))
        kind = headers.get("Content-Type", "")
        canonical = f"{canonical_headers}{canonical_resource}"
        return f"{method}\n\n\n{length or ''}\n\n{kind}\n\n\n\n\n\n\n{canonical}"

    def _table_string_to_sign(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> str:
        canonical_resource = f"/{self._service.account}{self._root}{path}"
        comp = f"?comp={query['comp']}" if "comp" in query else ""
        return f"{headers['x-ms-date']}\n{canonical_resource}{comp}"


def _http_date() -> str:
    t = time.gmtime()
    return (
        f"{_DAYS[t.tm_wday]}, {t.tm_mday:02d} {_MONTHS[t.tm_mon - 1]} {t.tm_year} "
        f"{t.tm_hour:02d}:{t.tm_min:02d}:{t.tm_sec:02d} GMT"
    )
