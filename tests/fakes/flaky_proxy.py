"""A proxy in front of one service of a storage account that misbehaves on request.

A fault hits every request that matches, until the proxy is healed.
"""

import asyncio
import contextlib
import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

import aiohttp
from aiohttp import web
from yarl import URL

Effect = Literal["refused", "500", "cut", "slow"]
EFFECTS: tuple[Effect, ...] = ("refused", "500", "cut", "slow")
_HOP_BY_HOP = {"transfer-encoding", "connection", "keep-alive", "content-length"}

_AUTOMATIC = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")  # a request is signed


@dataclass(frozen=True, slots=True)
class Fault:
    """Hits a share of the requests whose method and address contain `pattern`, a regex."""

    effect: Effect
    pattern: str = ""
    share: float = 1.0


class FlakyProxy:
    """A proxy of one service. `page` is the most rows of a table in one answer."""

    def __init__(self, target: str, session: aiohttp.ClientSession) -> None:
        self._target = URL(target)
        self._fault: Fault | None = None
        self._healed = asyncio.Event()
        self._dice = random.Random(7)
        self._runner: web.ServerRunner | None = None
        self._session = session
        self.struck = 0
        self.asked: list[str] = []  # method and address of every request
        self.page: int | None = None
        self.port = 0

    async def misbehave(self, fault: Fault) -> None:
        self._fault, self.struck = fault, 0
        self._healed.clear()
        if fault == Fault("refused"):
            await self._stop_listening()

    async def heal(self) -> None:
        """Pass on every request, and listen again if the proxy refused connections."""
        self._fault = None
        self._healed.set()
        if self._runner is None:
            await self._listen()

    async def _listen(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Release the requests that hang, and stop listening."""
        self._healed.set()
        await self._stop_listening()

    async def _stop_listening(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path_qs}")
        effect = self._effect_on(request)
        if effect == "slow":
            await self._healed.wait()
        if effect == "refused":
            return _abort(request)
        if effect == "500":
            return web.Response(status=500)
        answer = await self._pass_on(request)
        return await _cut(request, answer) if effect == "cut" else answer

    def _effect_on(self, request: web.BaseRequest) -> Effect | None:
        fault = self._fault
        if fault is None or not re.search(fault.pattern, f"{request.method} {request.path_qs}"):
            return None
        if self._dice.random() >= fault.share:
            return None
        self.struck += 1
        return fault.effect

    async def _pass_on(self, request: web.BaseRequest) -> web.Response:
        address = URL(str(self._target.origin()) + request.raw_path, encoded=True)
        if self.page is not None and request.method == "GET" and "filter" in request.path_qs:
            asked = re.sub(r"(?<=[?&])(\$|%24)top=\d+&?", "", str(address)).rstrip("&")
            address = URL(f"{asked}&%24top={self.page}", encoded=True)
        headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP_BY_HOP}
        body = await request.read()
        async with self._session.request(
            request.method,
            address,
            headers=headers,
            data=body or None,
            skip_auto_headers=_AUTOMATIC,
            allow_redirects=False,
        ) as answer:
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())


@contextlib.asynccontextmanager
async def flaky_proxy(target: str) -> AsyncIterator[FlakyProxy]:
    """Yield a listening proxy in front of the service at this address."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        proxy = FlakyProxy(target, session)
        await proxy.heal()
        yield proxy
        await proxy.close()


def _abort(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _cut(request: web.BaseRequest, answer: web.Response) -> web.StreamResponse:
    """Send the head and half of the body, or nothing if there is no body."""
    body = answer.body
    if not isinstance(body, bytes) or not body or request.transport is None:
        return _abort(request)
    half = web.StreamResponse(status=answer.status, headers=answer.headers)
    half.content_length = len(body)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    request.transport.close()
    return half
