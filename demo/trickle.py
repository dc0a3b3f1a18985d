"""A steady trickle of starts, ten a second, that goes on whatever the router is doing.

Open loop: a slow answer does not slow the next start down. Every start is kept, so that whoever
stops the trickle can account for each.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import aiohttp

from demo.client import Answer, Router, Started

_APART_SECONDS = 0.1


class Trickle:
    """`async with Trickle(...)`: starts flow until the block ends; `answers` has one for each."""

    def __init__(self, router: Router, function: str, version: str, value: object) -> None:
        self._router = router
        self._start = (function, version, value)
        self._starts: list[asyncio.Task[Answer | Exception]] = []
        self.answers: list[Answer | Exception] = []

    @property
    def begun(self) -> int:
        """How many starts have been sent."""
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
        """What every start that did not get its 202 got instead."""
        return [
            f"{answer.status} {answer.body}" if isinstance(answer, Answer) else repr(answer)
            for answer in self.answers
            if not isinstance(answer, Answer) or answer.status != 202
        ]

    async def __aenter__(self) -> Self:
        self._flow = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._flow.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._flow
        self.answers = await asyncio.gather(*self._starts)

    async def _run(self) -> None:
        clock = asyncio.get_running_loop()
        due = clock.time()
        while True:
            self._starts.append(asyncio.create_task(self._one()))
            due += _APART_SECONDS
            await asyncio.sleep(max(0.0, due - clock.time()))

    async def _one(self) -> Answer | Exception:
        try:
            return await self._router.ask_to_start(*self._start)
        except (aiohttp.ClientError, TimeoutError) as error:
            return error
