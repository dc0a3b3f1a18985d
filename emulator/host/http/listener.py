"""The HTTP server of one socket: its connections and its graceful end."""

import asyncio
import os
import socket

from emulator.host.kestrel.answer import Answer
from emulator.host.kestrel.connection import Connection, Handler
from emulator.host.kestrel.request import Request

BACKLOG = 1024
LIMIT = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"
KEEP_ALIVE_SECONDS = 130.0
CHECK_SECONDS = 5.0
ARRIVAL_SECONDS = 0.01  # in which what has arrived is read, so that it is answered
LARGEST_BODY = 100 * 1024 * 1024


class Listener:
    """One server on one socket. `grace` is the time in seconds that requests have to complete."""

    def __init__(self, handler: Handler, listening: socket.socket, grace: float) -> None:
        self._answer = handler
        self._running = 0
        self._last_at = asyncio.get_running_loop().time()
        self._socket = listening
        self._grace = grace
        self._largest_body = int(os.environ.get(LIMIT) or LARGEST_BODY)
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._checks: asyncio.Task[None] | None = None

    def idle_seconds(self) -> float:
        """Return for how long there has been no request."""
        return 0.0 if self._running else asyncio.get_running_loop().time() - self._last_at

    async def start(self) -> None:
        """Accept connections."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._handler, self._largest_body, self._connections),
            sock=self._socket,
            backlog=BACKLOG,
        )
        self._checks = asyncio.create_task(self._close_idle())

    async def stop(self) -> None:
        """Stop accepting, wait for requests within the grace period, close all connections."""
        server, self._server = self._server, None
        if server is None or self._checks is None:
            return
        self._checks.cancel()
        # Not by closing the server, which loses a connection that was accepted just before.
        asyncio.get_running_loop().remove_reader(self._socket)
        await asyncio.sleep(ARRIVAL_SECONDS)
        server.close()
        for connection in list(self._connections):
            connection.finish()
        tasks = [connection.task for connection in self._connections if connection.task]
        if tasks:
            await asyncio.wait(tasks, timeout=self._grace)
        for connection in list(self._connections):
            connection.abort()
        await asyncio.sleep(0)

    async def _handler(self, request: Request) -> Answer:
        self._running += 1
        try:
            return await self._answer(request)
        finally:
            self._running -= 1
            self._last_at = asyncio.get_running_loop().time()

    async def _close_idle(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            for connection in list(self._connections):
                connection.finish_if_idle(KEEP_ALIVE_SECONDS)
