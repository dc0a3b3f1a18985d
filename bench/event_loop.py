"""The time for which the event loop is held while the router reads a thousand lines.

The router's own adapter reads their catalog, in this process. Steps of the loop are measured in
processor time, because the machine's other work would hold them up as well.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from unittest import mock

from bench.figure import Figure, at_most
from harness.azurite import running_azurite
from harness.local_stack import Log
from router.azure.storage.account import Storage
from router.azure.storage.catalog import TableCatalog
from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.version import LineId

_MANY = 1000
_READINGS = 10


async def measure(log: Log) -> list[Figure]:
    """Measure the longest step of the event loop in each of several readings."""
    with tempfile.TemporaryDirectory() as directory:
        async with running_azurite(Path(directory)) as azurite:
            storage = Storage(azurite.account())
            try:
                longest = await _longest_steps(TableCatalog(storage, "catalog"), log)
            finally:
                await storage.close()
    return [
        Figure(
            f"longest step of the event loop that reads a catalog of {_MANY} lines: processor time",
            at_most(20, "ms"),
            max(longest),
            f"of {_READINGS} readings, the first excepted; their median {median(longest):.1f} ms",
        )
    ]


async def _longest_steps(catalog: TableCatalog, log: Log) -> list[float]:
    """Return the longest step (ms) of each reading."""
    log(f"adding {_MANY} lines to a catalog")
    for number in range(_MANY):
        await catalog.add_line(_line(number))
    await catalog.lines()  # which imports and caches
    log("reading them")
    longest = []
    for _ in range(_READINGS):
        with _steps() as steps:
            await catalog.lines()
        longest.append(max(steps))
    return longest


def _line(number: int) -> Line:
    app = f"orders-1-{number}-abcd"
    since = datetime.now(UTC)
    return Line(LineId(1, number), LineState.ACTIVE, since, app, f"{app}-plan", f"Orders1x{number}")


@contextmanager
def _steps() -> Iterator[list[float]]:
    """Collect the processor time (ms) of each step of the event loop."""
    found: list[float] = []
    run = asyncio.Handle._run  # noqa: SLF001 - every step passes through it, and nothing else shows

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        try:
            run(handle)
        finally:
            found.append(1000 * (time.thread_time() - began))

    with mock.patch.object(asyncio.Handle, "_run", timed):
        yield found
