"""A request with its body, which is read on demand."""

import codecs
from dataclasses import dataclass
from email.message import Message
from typing import Protocol

from emulator.host.kestrel.head import Head

NO_TYPE = "application/octet-stream"


class Body(Protocol):
    """The body of a request that is being received."""

    async def read(self) -> bytes:
        """Return the whole body."""


@dataclass(frozen=True, slots=True)
class Query:
    """The query of a request, not decoded."""

    raw_query_string: str


class Request:
    """A request. Members that aiohttp's requests have too are named as there."""

    __slots__ = ("_body", "head", "headers", "method", "path")

    scheme = "http"  # TLS ends before the host

    def __init__(self, head: Head, body: Body) -> None:
        self.head = head
        self.method = head.method
        self.path = head.target.path
        self.headers = head.headers
        self._body = body

    @property
    def host(self) -> str:
        """The address that the client used."""
        return self.headers.get("Host", "")

    @property
    def raw_path(self) -> str:
        """The path and the query as they were sent."""
        return self.head.target.sent

    @property
    def rel_url(self) -> "Query":
        """The query, found as in aiohttp's requests."""
        return Query(self.raw_query)

    @property
    def charset(self) -> str | None:
        """The character set of the body, if its type names one."""
        return _charset(self.headers.get("Content-Type", ""))

    @property
    def raw_query(self) -> str:
        """The query as it was sent, without its question mark."""
        return self.head.target.query

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self.scheme}://{self.host}{self.head.target.url}"

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters."""
        return self.headers.get("Content-Type", NO_TYPE).partition(";")[0].strip()

    async def read(self) -> bytes:
        """Return the body. Raises BodyTooLargeError."""
        return await self._body.read()

    async def text(self) -> str:
        """Return the body as text, in which bytes that are not UTF-8 are replaced."""
        return (await self.read()).removeprefix(codecs.BOM_UTF8).decode(errors="replace")


def _charset(content_type: str) -> str | None:
    message = Message()
    message["Content-Type"] = content_type
    found = message.get_param("charset")
    return found if isinstance(found, str) else None
