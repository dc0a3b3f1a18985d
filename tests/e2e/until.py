"""Waiting for conditions, never for times."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from demo.client import Router, Started

T = TypeVar("T")
FINISHED = {"Completed", "Failed", "Terminated", "Canceled"}


async def until(
    look: Callable[[], Awaitable[T]], good: Callable[[T], bool], seconds: float = 60
) -> T:
    """What `look` sees once it is good; AssertionError with the last sight when time is over."""
    deadline = time.monotonic() + seconds
    while True:
        seen = await look()
        if good(seen):
            return seen
        assert time.monotonic() < deadline, f"not within {seconds} s; last seen: {seen!r}"
        await asyncio.sleep(0.1)


async def ended(router: Router, started: Started, seconds: float = 60) -> dict[str, Any]:
    """The status of an instance at its end, by the URL that was handed out."""

    async def look() -> dict[str, Any]:
        answer = await router.follow(started.status_url)
        assert answer.status in (200, 202), (answer.status, answer.body)
        return dict(answer.body)

    return await until(look, lambda body: body["runtimeStatus"] in FINISHED, seconds)


async def told(router: Router, started: Started, value: object, seconds: float = 60) -> None:
    """Send the event `go` until the instance has it: one that is parked is not there yet."""

    async def tell() -> Any:
        return await router.raise_event(started, "go", value)

    await until(tell, lambda answer: answer.status == 202, seconds)


async def line_in(router: Router, line: str, state: str, seconds: float = 60) -> dict[str, Any]:
    """The line, once it is in a state."""

    async def look() -> dict[str, Any]:
        answer = await router.get(f"/api/lines/{line}")
        return dict(answer.body or {})

    return await until(look, lambda body: body.get("state") == state, seconds)


async def operation_ended(router: Router, location: str, seconds: float = 60) -> dict[str, Any]:
    """An operation, once it has ended."""

    async def look() -> Any:
        return await router.get(location)

    answer = await until(look, lambda found: found.status == 200, seconds)
    return dict(answer.body)
