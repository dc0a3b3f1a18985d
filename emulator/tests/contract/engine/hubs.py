"""Task hubs for tests: settings with short times, a hub at work, and waits for conditions."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from emulator.engine.hub import HubSettings, TaskHub
from emulator.engine.model.event import SCHEDULING, EventType, answered_id
from emulator.engine.model.executor import Event, Executor
from emulator.engine.model.instance import Instance

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


def messages(hub: TaskHub, queue: str) -> Callable[[], Awaitable[int]]:
    """How many messages a queue has, those included that nobody can see."""

    async def count() -> int:
        wire = hub.stores.storage.queues
        answer = await wire.call("GET", f"/{queue}", query={"comp": "metadata"})
        return int(answer.headers["x-ms-approximate-messages-count"])

    return count


def assert_every_step_once(events: Sequence[Event]) -> None:
    """A finished history asks each thing once, and answers it once and only after that."""
    kinds = Counter(EventType(e["EventType"]) for e in events)
    assert kinds[EventType.ExecutionStarted] == kinds[EventType.ExecutionCompleted] == 1
    asked: list[int] = []
    waiting: list[int | None] = []
    for event in events:
        if event["EventType"] in SCHEDULING:
            asked.append(event["EventId"])
            waiting.append(event["EventId"])
        elif answered_id(event) is not None:
            assert answered_id(event) in waiting, events
            waiting.remove(answered_id(event))
    assert (asked, waiting) == (list(range(len(asked))), [])
