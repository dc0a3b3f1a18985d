"""One connection: its requests are answered one after the other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import cast

from emulator.host.kestrel import answer, head
from emulator.host.kestrel.answer import FAILED, Answer, framed
from emulator.host.kestrel.body import IncomingBody
from emulator.host.kestrel.head import Head
from emulator.host.kestrel.incoming import Incoming
from emulator.host.kestrel.refused import BodyTooLargeError, ClosedError, RefusedError
from emulator.host.kestrel.request import Request

DRAIN_SECONDS = 5.0

Handler = Callable[[Request], Awaitable[Answer]]

log = logging.getLogger("Host.Server")


class Connection(asyncio.Protocol):
    """Reads requests, has them answered and writes the answers."""

    def __init__(self, handler: Handler, limit: int, open_ones: set["Connection"]) -> None:
        self._handler = handler
        self._limit = limit
        self._open_ones = open_ones
        self._incoming = Incoming()
        self._writable = asyncio.Event()
        self._writable.set()
        self._busy = self._last = self._served = False
        self._idle_since = asyncio.get_running_loop().time()
        self._transport: asyncio.Transport | None = None
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve the connection."""
        stream = cast("asyncio.Transport", transport)
        self._transport = stream
        self._incoming.opened(stream)
        self._open_ones.add(self)
        self.task = asyncio.get_running_loop().create_task(self._converse(stream))

    def data_received(self, data: bytes) -> None:
        """Keep what has arrived for the task."""
        self._incoming.received(data)

    def eof_received(self) -> bool:
        """Keep the connection open for the answers to what has arrived."""
        self._incoming.ended()
        return True

    def connection_lost(self, _: Exception | None) -> None:
        """Let the task end."""
        self._incoming.ended()
        self._writable.set()
        self._open_ones.discard(self)

    def pause_writing(self) -> None:
        """Hold the task back while the client does not read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let the task write again."""
        self._writable.set()

    def finish(self) -> None:
        """Close the connection, after the answer that is being prepared or yet to be asked for."""
        self._last = True
        if self._served and not self._busy:
            self._close()

    def finish_if_idle(self, seconds: float) -> None:
        """Close the connection if it has had no request for some time."""
        if not self._busy and asyncio.get_running_loop().time() - self._idle_since > seconds:
            self._last = True
            self._close()

    def abort(self) -> None:
        """Close the connection without an answer."""
        if self.task is not None:
            self.task.cancel()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def _converse(self, transport: asyncio.Transport) -> None:
        try:
            await self._next(transport)
            while not self._last:
                await self._next(transport)
        except ClosedError:
            pass
        except RefusedError as refused:
            transport.write(framed(Answer(refused.status), None).data)
        finally:
            transport.close()

    async def _next(self, transport: asyncio.Transport) -> None:
        read = await self._head()
        self._busy = True
        try:
            body = IncomingBody(
                read, self._incoming, self._limit, lambda: transport.write(answer.CONTINUE)
            )
            sent = framed(await self._answer(Request(read, body)), read, closing=self._last)
            transport.write(sent.data)
            self._last = self._last or sent.closing
            await self._writable.wait()
            if body.is_left and not self._last:
                await self._drain(body)
        finally:
            self._busy, self._served = False, True
            self._idle_since = asyncio.get_running_loop().time()

    async def _head(self) -> Head:
        incoming = self._incoming
        while incoming.buffer.startswith((b"\r", b"\n")):
            incoming.take(1)
        while not (end := head.end_of(incoming.buffer)):
            await incoming.more()
        return head.parse(incoming.take(end))

    async def _answer(self, request: Request) -> Answer:
        try:
            return await self._handler(request)
        except BodyTooLargeError:
            return Answer(500, closing=True)
        except RefusedError as refused:
            return Answer(refused.status, closing=True)
        except ClosedError:
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return FAILED

    async def _drain(self, body: IncomingBody) -> None:
        """Read the body that the application did not, because the next request follows it."""
        try:
            await asyncio.wait_for(body.read(), DRAIN_SECONDS)
        except (BodyTooLargeError, RefusedError, ClosedError, TimeoutError):
            self._last = True
