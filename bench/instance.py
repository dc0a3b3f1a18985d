"""An orchestration seen from outside: followed by its status URL until it has ended."""

import asyncio
import time
from typing import Any

import aiohttp

from bench.failure import MeasurementFailed

_LOOK_SECONDS = 0.01
_PATIENCE_SECONDS = 120.0


async def completed(
    session: aiohttp.ClientSession, status_url: str, look_seconds: float = _LOOK_SECONDS
) -> dict[str, Any]:
    """The status of an instance once it is Completed. Raises MeasurementFailed if it never is."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        async with session.get(status_url) as answer:
            status, body = answer.status, await answer.json(content_type=None)
        if status == 200 and body["runtimeStatus"] == "Completed":
            return dict(body)
        if status != 202 or time.monotonic() > deadline:
            raise MeasurementFailed(f"it should complete; last seen: {status} {body}")
        await asyncio.sleep(look_seconds)
