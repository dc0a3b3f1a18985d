"""The state that all handlers of the control plane share: store, processes, clock, faults."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.arm.backend.hosting import Hosting
from emulator.arm.backend.store import Store
from emulator.arm.policies.faults import Fault
from emulator.arm.policies.identity import Secrets
from emulator.arm.policies.throttling import Bucket

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Cloud:
    """The emulated cloud.

    `latency` is the duration of an operation in seconds. `storage` is the connection string for
    apps that name their storage by account alone. `idle_seconds` is the time without work after
    which an app scales to zero, None if none does.
    """

    store: Store
    hosting: Hosting
    secrets: Secrets
    packages: Path
    storage: str
    latency: float
    idle_seconds: float | None = None
    now: Callable[[], float] = time.time
    faults: tuple[Fault, ...] = ()
    buckets: dict[str, Bucket] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work after the response is sent, and log its exceptions."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    async def close(self) -> None:
        """Stop the background work and every host process."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.hosting.close()
        self.store.close()

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("background work failed", exc_info=error)
