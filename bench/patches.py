"""The instances in flight that ten patches under load cost.

The app's orchestrations chain activities and a timer and have no retry policy, so one whose turn
or activity falls into a gap between two hosts fails.
"""

import asyncio
import time
from collections import Counter
from statistics import median
from typing import Any

from bench.environment import APPS, Environment, completed, environment
from bench.figure import Figure, MeasurementError, at_most
from harness.local_stack import Log
from harness.router_client import Started
from harness.waiting import instance_ended, operation_ended
from samples.pack import zip_of

_PATCHES = 10
_STARTS_PER_SECOND = 5.0
_REST_SECONDS = 1.0  # between two patches


async def measure(log: Log) -> list[Figure]:
    """Deploy the patches one after the other while starts arrive at a steady rate."""
    async with environment(log) as env:
        await env.router.register("1.0.0", _package(0))
        await completed(env.router, await _start(env))
        log(f"{_PATCHES} patches under {_STARTS_PER_SECOND:g} starts a second")
        begun: list[asyncio.Task[Started]] = []
        load = asyncio.create_task(_keep_starting(env, begun))
        try:
            operations = [await _patch(env, number + 1) for number in range(_PATCHES)]
        finally:
            load.cancel()
        started = await asyncio.gather(*begun)
        ends = [await instance_ended(env.router, each) for each in started]
    return [_figure(ends, operations, log)]


def _figure(ends: list[dict[str, Any]], operations: list[dict[str, Any]], log: Log) -> Figure:
    counts = Counter(end["runtimeStatus"] for end in ends)
    for reason, number in Counter(_reason(e) for e in ends if _has_failed(e)).most_common():
        log(f"{number} failed: {reason}")
    seconds = [operation["seconds"] for operation in operations]
    counted = sum(operation["failedInstances"] or 0 for operation in operations)
    return Figure(
        f"instances in flight that {_PATCHES} patches under load cost",
        at_most(0),
        counts.total() - counts["Completed"],
        f"of {counts.total()} instances, {counts['Completed']} are Completed; the operations "
        f"counted {counted}; a patch took {median(seconds):.1f} s (median), "
        f"{max(seconds):.1f} s at most",
    )


async def _patch(env: Environment, number: int) -> dict[str, Any]:
    await asyncio.sleep(_REST_SECONDS)
    began = time.monotonic()
    answer = await env.router.register(f"1.0.{number}", _package(number))
    if answer.status != 202:
        raise MeasurementError(f"1.0.{number} is not deployed: {answer.status} {answer.body}")
    operation = await operation_ended(env.router, answer.headers["Location"])
    if operation["state"] != "succeeded":
        raise MeasurementError(f"a patch should succeed, but is {operation}")
    return {**operation, "seconds": time.monotonic() - began}


async def _keep_starting(env: Environment, begun: list[asyncio.Task[Started]]) -> None:
    while True:
        begun.append(asyncio.create_task(_start(env)))
        await asyncio.sleep(1 / _STARTS_PER_SECOND)


async def _start(env: Environment) -> Started:
    return await env.router.start("chained", "1.0", None)


def _package(number: int) -> bytes:
    """Return the app's package, with other bytes for each patch."""
    folder = APPS / "chained"
    names = ("function_app.py", "host.json")
    files = {name: (folder / name).read_bytes() for name in names}
    return zip_of({**files, "patch.txt": str(number).encode()})


def _has_failed(end: dict[str, Any]) -> bool:
    return bool(end["runtimeStatus"] == "Failed")


def _reason(end: dict[str, Any]) -> str:
    return str(end["output"]).partition("\n")[0][:160]
