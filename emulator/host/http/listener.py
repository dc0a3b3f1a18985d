"""An HTTP server on one socket: limits, keep-alive, graceful shutdown."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.web_runner import ServerRunner

LARGEST_BODY = 210 * 1024 * 1024  # the limit of Azure Functions
LONGEST_LINE = 32 * 1024
BACKLOG = 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Listener:
    """One server on one socket. `grace` is the time in seconds that requests have to complete."""

    def __init__(self, handler: Handler, listening: socket.socket, grace: float) -> None:
        self._handler = handler
        self._socket = listening
        self._grace = grace
        self._runner: ServerRunner | None = None

    async def start(self) -> None:
        """Accept connections."""
        server = web.Server(
            self._handler,  # type: ignore[arg-type]  # it gets the requests of the factory
            request_factory=_request,
            access_log=None,
            auto_decompress=False,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
        )
        self._runner = ServerRunner(server, shutdown_timeout=self._grace)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket, backlog=BACKLOG).start()

    async def stop(self) -> None:
        """Stop accepting, wait for requests within the grace period, close all connections."""
        if self._runner is not None:
            # aiohttp waits another grace period for the handlers that it has cancelled.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._runner.cleanup(), self._grace + 1)


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.Request:
    # Without aiohttp's own factory and its application routing a request costs a third less.
    loop = asyncio.get_running_loop()
    return web.Request(message, payload, protocol, writer, task, loop, client_max_size=LARGEST_BODY)
