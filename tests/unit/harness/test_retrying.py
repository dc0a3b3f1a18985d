"""Retried requests, and what is kept of the responses before the last."""

from collections.abc import Iterator

import aiohttp
import pytest

from harness.retrying import Outcome, Send, retry
from harness.router_client import Answer
from harness.waiting import Patience


def answer(status: int, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, {}, 0)


def sent(*answers: Answer | Exception) -> Send:
    left: Iterator[Answer | Exception] = iter(answers)

    async def send() -> Answer:
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    return send


async def outcome(*answers: Answer | Exception) -> Outcome:
    return await retry(sent(*answers), pause_seconds=0)


@pytest.mark.parametrize("status", [200, 202, 400, 404, 409, 410, 500])
async def test_final_response_ends_the_attempts(status: int) -> None:
    assert await outcome(answer(status)) == Outcome(answer(status), 0)


async def test_lost_response_is_retried_and_counted() -> None:
    lost = aiohttp.ServerDisconnectedError(), TimeoutError(), aiohttp.ClientOSError()
    assert await outcome(*lost, answer(202)) == Outcome(answer(202), 3)


async def test_temporary_refusal_is_retried() -> None:
    with_header = [answer(status, Retry_After="1") for status in (429, 503)]
    without = [answer(502), answer(504)]
    assert await outcome(*with_header, *without, answer(202)) == Outcome(answer(202), 0)


async def test_refusal_without_retry_after_is_kept() -> None:
    found = await outcome(answer(503), answer(429), answer(202))
    assert found == Outcome(answer(202), 0, (503, 429))


async def test_unchanging_failure_ends_the_attempts() -> None:
    errors = (TimeoutError() for _ in range(3))
    found = await retry(sent(*errors), patience=Patience(seconds=0, checks=2), pause_seconds=0)
    assert found == Outcome(None, 3)
    assert str(found) == "no response"
