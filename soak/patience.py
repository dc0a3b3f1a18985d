"""A client that outlives the router: what its death cuts off or refuses is asked again.

A start that is asked again is another start; how many were cut off, so that nobody knows whether
they were taken, is counted. Judges nothing.
"""

import asyncio
import time
from collections.abc import Mapping

import aiohttp

from demo.client import Answer, Router

_PAUSE = 0.25
_LONGEST = 180.0  # seconds
_AGAIN = (502, 503, 504)


class PatientRouter(Router):
    """The router's client; only an answer that tells of the request itself gets through."""

    cut_off = 0  # starts

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        deadline = time.monotonic() + _LONGEST
        while True:
            answer = await self._attempt(method, url, headers, body)
            if answer is not None and answer.status not in _AGAIN:
                return answer
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {url.partition('?')[0]}: {answer}")
            await asyncio.sleep(_PAUSE)

    async def _attempt(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Answer | None:
        try:
            return await super()._send(method, url, headers, body)
        except aiohttp.ClientError:
            self.cut_off += "/orchestrators/" in url
            return None
