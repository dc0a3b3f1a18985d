"""The environment of the demo: a local run of its own, from empty storage.

Its state directory is below the current one, apart from that of `make up`.
"""

import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from demo.console import Console
from harness.local_stack import LocalStack, running

STATE = Path(".local-demo")


class AlreadyRunningError(Exception):
    """Another demo runs in this directory."""


@asynccontextmanager
async def environment(console: Console) -> AsyncIterator[dict[str, Any]]:
    """Run a healthy stack, and give its endpoints. What it stored is kept if the demo fails."""
    with _exclusive():
        stack = LocalStack(STATE, log=console.note)
        await stack.clean()  # what a demo that was killed may have left
        console.begin("Starting Azurite, the emulated Azure and the router")
        async with running(stack):
            yield stack.endpoints


@contextmanager
def _exclusive() -> Iterator[None]:
    """Hold a lock that ends with the process, however that ends."""
    directory = os.open(STATE.parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(
                "A demo runs in this directory already. This one was not started."
            ) from None
        yield
    finally:
        os.close(directory)
