"""A request with its body, which is read on demand."""

import codecs
from email.message import Message
from typing import Protocol

from emulator.host.kestrel.head import Head

NO_TYPE = "application/octet-stream"


class Body(Protocol):
    """The body of a request that is being received."""

    async def read(self) -> bytes:
        """Return the whole body."""


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
        """The path, encoded again, and the query."""
        return self.head.target.url

    @property
    def raw_query(self) -> str:
        """The query as it was sent, without its question mark."""
        return self.head.target.query

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self.scheme}://{self.host}{self.raw_path}"

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters."""
        return self.headers.get("Content-Type", NO_TYPE).partition(";")[0].strip()

    @property
    def charset(self) -> str | None:
        """The character set that the media type names."""
        header = Message()
        header["Content-Type"] = self.headers.get("Content-Type", NO_TYPE)
        return header.get_content_charset()

    async def read(self) -> bytes:
        """Return the body. Raises BodyTooLargeError."""
        return await self._body.read()

    async def text(self) -> str:
        """Return the body as text, in which bytes that are not UTF-8 are replaced."""
        return (await self.read()).removeprefix(codecs.BOM_UTF8).decode(errors="replace")
