"""Requests that outlive the router: repeated until there is a final response.

A response that never came may have been that of an accepted start, so these are counted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import aiohttp

from harness.router_client import Answer, RouterClient
from harness.waiting import Patience

PAUSE_SECONDS = 0.25
_TEMPORARY = (429, 502, 503, 504)
_MUST_SAY_WHEN = (429, 503)  # the router has to send Retry-After with these

Send = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last response, and what went before it.

    `uncertain` counts attempts of which it is unknown whether they were accepted.
    `without_retry_after` are the statuses of refusals that lacked the header.
    """

    answer: Answer | None
    uncertain: int
    without_retry_after: tuple[int, ...] = ()

    @property
    def status(self) -> int | None:
        """The status of the response, None if there was none."""
        return self.answer.status if self.answer else None

    def __str__(self) -> str:
        if self.answer is None:
            return "no response"
        return f"{self.answer.status} {str(self.answer.body)[:300]}"


async def retry(
    send: Send, *, patience: Patience | None = None, pause_seconds: float = PAUSE_SECONDS
) -> Outcome:
    """Send until the response is final, or until all responses stay the same for too long."""
    patience = patience or Patience()
    answer: Answer | None = None
    uncertain, without_retry_after = 0, []
    while True:
        try:
            answer = await send()
            seen: object = (answer.status, answer.body)
        except (aiohttp.ClientError, TimeoutError) as error:
            uncertain += 1
            seen = type(error)
        else:
            if answer.status not in _TEMPORARY:
                break
            if answer.status in _MUST_SAY_WHEN and "Retry-After" not in answer.headers:
                without_retry_after.append(answer.status)
            uncertain += is_uncertain(answer)
        if patience.exhausted_by(seen):
            break
        await asyncio.sleep(pause_seconds)
    return Outcome(answer, uncertain, tuple(without_retry_after))


def is_uncertain(answer: Answer) -> bool:
    """Return True if a response leaves open whether the start was accepted."""
    return answer.status == 503 and (answer.body or {}).get("code") == "start-uncertain"


class RetryingRouterClient(RouterClient):
    """A client that retries every request, and counts the starts that remained uncertain."""

    uncertain_starts = 0

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one request until its response is final."""
        outcome = await retry(lambda: RouterClient.send(self, method, url, headers, body))
        if "/orchestrators/" in url:
            self.uncertain_starts += outcome.uncertain
        assert outcome.answer is not None, f"{method} {url.partition('?')[0]}: {outcome}"
        return outcome.answer
