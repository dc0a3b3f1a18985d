"""Task hubs for tests: settings with short times, a hub at work, and waits for conditions."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from emulator.engine.hub import HubSettings, TaskHub
from emulator.engine.instance import Instance
from emulator.engine.turn import Executor

T = TypeVar("T")
ENDED = frozenset({"Completed", "Failed", "Terminated"})
PATIENCE_SECONDS = 60


def settings(account: str, **changes: Any) -> HubSettings:
    """A hub in one account; a dead holder's message shows up again after 3 s."""
    plain = HubSettings("TestHub", account, account, visibility_seconds=3, lease_seconds=3)
    return replace(plain, idle_poll_seconds=0.5, **changes)


@contextlib.asynccontextmanager
async def at_work(settings: HubSettings, executor: Executor) -> AsyncIterator[TaskHub]:
    """A hub with a worker that is stopped gracefully at the end."""
    async with TaskHub(settings) as hub:
        work = asyncio.create_task(hub.run(executor))
        try:
            yield hub
        finally:
            await hub.stop()
            await work


async def until(look: Callable[[], Awaitable[T]], what: Callable[[T], object]) -> T:
    """Look until it is so; returns what was seen."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not what(seen := await look()):  # noqa: ASYNC110 - storage tells nobody
            await asyncio.sleep(0.03)
    return seen


async def ended(hub: TaskHub, instance_id: str) -> Instance:
    """The instance once it has ended."""
    return await in_status(hub, instance_id, *ENDED)


async def in_status(hub: TaskHub, instance_id: str, *statuses: str) -> Instance:
    """The instance once it is in one of the statuses."""

    async def look() -> Instance | None:
        return await hub.instance(instance_id)

    seen = await until(look, lambda i: i is not None and i.runtime_status in statuses)
    assert seen is not None
    return seen


async def outcome(hub: TaskHub, instance_id: str) -> tuple[str, str | None]:
    """How an instance ended: status and output."""
    instance = await ended(hub, instance_id)
    return instance.runtime_status, instance.output
