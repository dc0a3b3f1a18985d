"""Asks until there is an answer that tells of the request itself: what a death cuts off, and what
is refused for the moment, is asked again. Judges nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp

from demo.client import Answer

LONGEST = 600.0  # seconds: a busy machine is slow, not wrong
_PAUSE = 0.25
_AGAIN = (429, 502, 503, 504)
_UNTIL = (429, 503)  # of these, a start's says when to ask again

Ask = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Told:
    """The last answer there was; how many never came, or left it open whether it was done; refusals
    that did not say until when."""

    answer: Answer | None
    cut_off: int
    curt: tuple[int, ...] = ()  # their statuses

    @property
    def status(self) -> int | None:
        """Of the answer; None if there was none for as long as patience lasts."""
        return self.answer.status if self.answer else None

    def __str__(self) -> str:
        if self.answer is None:
            return f"no answer in {LONGEST:.0f} s"
        return f"{self.answer.status} {str(self.answer.body)[:300]}"


async def patiently(ask: Ask) -> Told:
    """What `ask` gets in the end."""
    deadline, cut_off = time.monotonic() + LONGEST, 0
    answer: Answer | None = None
    curt: list[int] = []
    while time.monotonic() < deadline:
        try:
            answer = await ask()
        except (aiohttp.ClientError, TimeoutError):
            cut_off += 1
        else:
            if answer.status not in _AGAIN:
                break
            if answer.status in _UNTIL and "Retry-After" not in answer.headers:
                curt.append(answer.status)
            cut_off += _left_open(answer)
        await asyncio.sleep(_PAUSE)
    return Told(answer, cut_off, tuple(curt))


def _left_open(answer: Answer) -> bool:
    return answer.status == 503 and (answer.body or {}).get("code") == "start-uncertain"
