"""The bytes that a connection has received and not used yet."""

import asyncio

from emulator.host.kestrel.refused import ClosedError, RefusedError

ENOUGH = 256 * 1024  # unread bytes for which reading pauses
LONGEST_CHUNK_LINE = 8 * 1024


class Incoming:
    """A buffer that is filled by the transport and read by one task."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._paused = self._ended = False

    def opened(self, transport: asyncio.Transport) -> None:
        """Remember the transport whose reading is paused and resumed."""
        self._transport = transport

    def received(self, data: bytes) -> None:
        """Add data, and pause reading if no one waits for them."""
        self.buffer += data
        self._wake()
        if self._waiting is None and len(self.buffer) > ENOUGH and self._transport:
            self._transport.pause_reading()
            self._paused = True

    def ended(self) -> None:
        """Note that the client sends no more."""
        self._ended = True
        self._wake()

    async def more(self) -> None:
        """Wait for more data. Raises ClosedError at the end."""
        if self._ended:
            raise ClosedError
        if self._paused and self._transport:
            self._transport.resume_reading()
            self._paused = False
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def take(self, count: int) -> bytes:
        """Remove bytes from the start of the buffer and return them."""
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    async def exactly(self, count: int) -> bytes:
        """Remove and return a number of bytes once they have arrived. Raises ClosedError."""
        while len(self.buffer) < count:
            await self.more()
        return self.take(count)

    async def line(self) -> bytes:
        """Remove and return a line of a chunked body, without its end. Raises ClosedError."""
        while (end := self.buffer.find(b"\r\n")) < 0:
            if len(self.buffer) > LONGEST_CHUNK_LINE:
                raise RefusedError(400)
            await self.more()
        return self.take(end + 2)[:-2]

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
