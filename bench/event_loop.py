"""How long this process's event loop is held by single steps."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock


@contextmanager
def steps() -> Iterator[list[float]]:
    """Collect the processor time (ms) of each step of the event loop during the block.

    Processor time, because the machine's other work holds a step up as well.
    """
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
