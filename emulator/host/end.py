"""The end of a host: what it waits for while it serves its app."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from enum import Enum, auto
from typing import Any

from emulator.host.app import App

REPLACED = signal.SIGUSR1  # sent to a host whose place another one takes
GIVEN_UP = (
    "Exceeded language worker restart retry count for runtime:python. "
    "Shutting down and proactively recycling the Functions Host to recover"
)

log = logging.getLogger("Host")


class End(Enum):
    """The reason why a host ends."""

    STOPPED = auto()
    REPLACED = auto()  # by another one
    IDLE = auto()
    GIVEN_UP = auto()  # its worker has ended too often


async def end_of(loaded: App, idle: Coroutine[Any, Any, None]) -> End:
    """Wait for a signal, for nothing to do, or until the app's worker has ended too often."""
    loop = asyncio.get_running_loop()
    stopped, replaced = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    loop.add_signal_handler(REPLACED, replaced.set)
    # In this order: one that is replaced often gets the signal to stop at the same moment.
    waits = {End.REPLACED: replaced.wait(), End.STOPPED: stopped.wait(), End.IDLE: idle}
    if loaded.worker is not None:
        waits[End.GIVEN_UP] = loaded.worker.gone.wait()
    tasks = {end: asyncio.create_task(wait) for end, wait in waits.items()}
    await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
    end = next(end for end, task in tasks.items() if task.done())
    if end is End.GIVEN_UP:
        log.error(GIVEN_UP)
    return end
