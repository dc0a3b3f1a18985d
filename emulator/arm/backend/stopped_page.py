"""The answer of Azure's front end to every request for a site that is stopped."""

import socket
from typing import Self

from aiohttp import web

_PAGE = """<!DOCTYPE html>
<html>
<head><title>Web App - Unavailable</title></head>
<body>
<h1>Error 403 - This web app is stopped.</h1>
<p>It takes no requests until its owner starts it.</p>
</body>
</html>
"""


class StoppedPage:
    """Answers 403 with a page on a site's listening socket, beside a host that still ends."""

    def __init__(self, runner: web.ServerRunner) -> None:
        self._runner = runner

    @classmethod
    async def open(cls, listener: socket.socket, backlog: int) -> Self:
        """Begin to answer. The socket stays the caller's."""
        runner = web.ServerRunner(web.Server(_answer, access_log=None), shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, listener.dup(), backlog=backlog).start()
        return cls(runner)

    async def close(self) -> None:
        """Stop answering. New connections wait in the socket, if it stays open."""
        await self._runner.cleanup()


async def _answer(_: web.BaseRequest) -> web.Response:
    answer = web.Response(status=403, reason="Site Disabled", text=_PAGE, content_type="text/html")
    answer.force_close()
    return answer
