"""The answer to a start: at once, or once the new instance has ended or a time has passed."""

import asyncio
import math
import time

from aiohttp import web

from emulator.durable.api import instances
from emulator.durable.api.exchange import response
from emulator.durable.api.exchange.api_call import ApiCall
from emulator.durable.api.exchange.paths import as_uri
from emulator.durable.dotnet.json_text import parse_or_text
from emulator.engine.model.instance import UNFINISHED

START_POLL_SECONDS = "10"
MAX_SPAN_SECONDS = 922337203685.0  # of a TimeSpan
MAX_DELAY_SECONDS = 4294967.294  # of a timer
NOT_A_NUMBER = "TimeSpan does not accept floating point Not-a-Number values."
OVERFLOW = ("System.OverflowException", "TimeSpan overflowed because the duration is too long.")
BAD_DELAY = (
    "The value needs to translate in milliseconds to -1 (signifying an infinite timeout), 0, or a "
    "positive integer less than or equal to the maximum allowed timer duration. "
    "(Parameter 'delay')"
)


async def started(call: ApiCall, instance_id: str) -> web.Response:
    """Answer the start of an instance. What is refused here has been started all the same."""
    timeout, interval = call.query.seconds("timeout"), call.query.seconds("pollingInterval")
    if timeout is None or interval is None:
        return _accepted(call, instance_id)
    if any(map(math.isnan, (timeout, interval))):
        return response.error(400, NOT_A_NUMBER)
    if max(abs(timeout), abs(interval)) > MAX_SPAN_SECONDS:
        return response.error(500, response.INTERNAL_ERROR, OVERFLOW)
    if interval > timeout:
        return response.error(
            400, f"Total timeout {timeout:g} should be bigger than retry timeout {interval:g}"
        )
    return await _completed(call, instance_id, timeout, interval)


async def _completed(
    call: ApiCall, instance_id: str, seconds: float, interval: float
) -> web.Response:
    deadline = time.monotonic() + seconds
    while True:
        instance = await call.hub.instance(instance_id)
        if instance is not None and instance.runtime_status == "Completed":
            return response.json_value(200, parse_or_text(instance.output))
        if instance is not None and instance.runtime_status not in UNFINISHED:
            return await instances.show(call, instance_id, failure_may_be_error=False)
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return _accepted(call, instance_id)
        if not 0 <= interval <= MAX_DELAY_SECONDS:
            return response.error(400, BAD_DELAY)
        await asyncio.sleep(min(interval, remaining))


def _accepted(call: ApiCall, instance_id: str) -> web.Response:
    links = call.links.of(instance_id)
    location = {"Location": as_uri(links["statusQueryGetUri"]), "Retry-After": START_POLL_SECONDS}
    return response.json_value(202, links, location)
