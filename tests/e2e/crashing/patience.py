"""A client that outlives the router: what a death cuts off or refuses for now is asked again."""

import asyncio
import time
from collections.abc import Mapping

import aiohttp

from demo.client import Answer, Router

_PAUSE = 0.25
_LONGEST = 120.0  # seconds
_AGAIN = (502, 503, 504)


class PatientRouter(Router):
    """`cut_off`: how many starts were, so that each may have been taken with nobody told."""

    cut_off = 0

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        deadline = time.monotonic() + _LONGEST
        while True:
            answer = await self._attempt(method, url, headers, body)
            if answer is not None and answer.status not in _AGAIN:
                return answer
            if answer is not None and answer.body["code"] == "start-uncertain":
                self.cut_off += 1
            assert time.monotonic() < deadline, f"{method} {url.partition('?')[0]}: {answer}"
            await asyncio.sleep(_PAUSE)

    async def _attempt(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Answer | None:
        try:
            return await super()._send(method, url, headers, body)
        except aiohttp.ClientError:
            self.cut_off += "/orchestrators/" in url
            return None
