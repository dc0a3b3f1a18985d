"""A steady stream of starts, ten a second, whatever the router is doing.

A slow response does not delay the next start, until so many are pending that the machine itself is
too slow for ten a second. Every start is kept, so that each can be accounted for.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import aiohttp

from harness.router_client import Answer, RouterClient, Started

_INTERVAL_SECONDS = 0.1
_MAX_PENDING = 30


class StartStream:
    """Sends starts during an `async with` block. Afterwards `answers` has one for each."""

    def __init__(self, router: RouterClient, function: str, version: str, value: object) -> None:
        self._router = router
        self._start = (function, version, value)
        self._free = asyncio.Semaphore(_MAX_PENDING)
        self._starts: list[asyncio.Task[Answer | Exception]] = []
        self.answers: list[Answer | Exception] = []

    @property
    def count(self) -> int:
        """The number of starts sent."""
        return len(self._starts)

    @property
    def accepted(self) -> list[Started]:
        """The starts that got their 202."""
        return [
            Started(answer)
            for answer in self.answers
            if isinstance(answer, Answer) and answer.status == 202
        ]

    @property
    def failures(self) -> list[str]:
        """Descriptions of the responses other than 202."""
        return [
            f"{answer.status} {answer.body}" if isinstance(answer, Answer) else repr(answer)
            for answer in self.answers
            if not isinstance(answer, Answer) or answer.status != 202
        ]

    async def __aenter__(self) -> Self:
        self._sender = asyncio.create_task(self._send_all())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sender
        self.answers = await asyncio.gather(*self._starts)

    async def _send_all(self) -> None:
        clock = asyncio.get_running_loop()
        due = clock.time()
        while True:
            await self._free.acquire()
            self._starts.append(asyncio.create_task(self._send()))
            due = max(due + _INTERVAL_SECONDS, clock.time())
            await asyncio.sleep(due - clock.time())

    async def _send(self) -> Answer | Exception:
        try:
            return await self._router.request_start(*self._start)
        except (aiohttp.ClientError, TimeoutError) as error:
            return error
        finally:
            self._free.release()
