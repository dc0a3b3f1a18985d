"""What is asked of one instance goes to its line's app, with that app's key.

A key that was refused is listed anew, and the same asked once more. Owns how long that may take:
an app changes whatever has the id, also what another line has begun under it since. Knows nothing
of what is asked.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from router.context import Services
from router.domain.errors import Unavailable
from router.domain.model import Line
from router.ports import Answer


def known_until(services: Services) -> float:
    """Until when (the loop's time) it may be acted upon whose an instance is, if that is looked up
    from now on: an id is kept free for longer before another line begins something under it."""
    return asyncio.get_running_loop().time() + services.settings.forward_seconds


@asynccontextmanager
async def in_time(until: float) -> AsyncIterator[None]:
    """Break off at that time of the loop: Unavailable 504 upstream-timeout."""
    try:
        async with asyncio.timeout_at(until):
            yield
    except TimeoutError as error:
        detail = "The line's app did not answer in time. The change may still be made; look first."
        raise Unavailable("upstream-timeout", detail, status=504) from error


async def manage(
    services: Services,
    line: Line,
    method: str,
    path: str,
    query: Mapping[str, str],
    body: bytes = b"",
) -> Answer:
    """One request to Durable's management API, `path` such as instances/x/terminate; whatever the
    answer is. Raises Unavailable, PlatformBusy or PlatformFailed where there is none."""
    for _ in range(2):
        route = await services.forwarding.route(line)
        answer = await services.upstream.manage(route, method, path, query, body)
        if answer.status != 401:
            break
        services.keys.forget(line.function_app)
    return answer


async def terminate(services: Services, line: Line, instance_id: str, reason: str) -> Answer:
    """Ask the app to end an instance."""
    path = f"instances/{instance_id}/terminate"
    return await manage(services, line, "POST", path, {"reason": reason})
