"""The body of a request, read from its connection when the application asks for it."""

import re
from collections.abc import Callable

from emulator.host.kestrel.head import Head
from emulator.host.kestrel.incoming import Incoming
from emulator.host.kestrel.refused import BodyTooLargeError, RefusedError

SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")


class IncomingBody:
    """The body of one request. `ask` makes a client that waits send it."""

    def __init__(self, head: Head, incoming: Incoming, limit: int, ask: Callable[[], None]) -> None:
        self._head = head
        self._incoming = incoming
        self._limit = limit
        self._ask = ask
        self._data: bytes | None = None if head.chunked or head.length else b""

    @property
    def is_left(self) -> bool:
        """True until the body has been read."""
        return self._data is None

    async def read(self) -> bytes:
        """Return the whole body. Raises BodyTooLargeError, RefusedError, ClosedError."""
        if self._data is None:
            if (self._head.length or 0) > self._limit:
                raise BodyTooLargeError
            if self._head.expects_continue and not self._incoming.buffer:
                self._ask()
            if self._head.chunked:
                self._data = await self._chunks()
            else:
                self._data = await self._incoming.exactly(self._head.length or 0)
        return self._data

    async def _chunks(self) -> bytes:
        data = bytearray()
        while size := await self._size():
            if len(data) + size > self._limit:
                raise BodyTooLargeError
            data += await self._incoming.exactly(size)
            if await self._incoming.exactly(2) != b"\r\n":
                raise RefusedError(400)
        while await self._incoming.line():
            pass  # trailers are not passed on
        return bytes(data)

    async def _size(self) -> int:
        found = SIZE.fullmatch(await self._incoming.line())
        if found is None:
            raise RefusedError(400)
        return int(found[1], 16)
