"""Task hubs for tests: settings with short timeouts, a running hub, and waits for conditions."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from emulator.engine.hub import HubSettings, TaskHub
from emulator.engine.model.event import SCHEDULING, EventType, answered_id
from emulator.engine.model.executor import Event, Executor
from emulator.engine.model.instance import Instance

ENDED = frozenset({"Completed", "Failed", "Terminated"})
PATIENCE_SECONDS = 60


def settings(account: str, **changes: Any) -> HubSettings:
    """Return settings of a hub in one account whose messages reappear 3 s after a crash."""
    defaults = HubSettings("TestHub", account, account, visibility_seconds=3, lease_seconds=3)
    quick = {"idle_poll_seconds": 0.5, "stop_seconds": 0.5}
    return replace(defaults, **(quick | changes))


@contextlib.asynccontextmanager
async def at_work(settings: HubSettings, executor: Executor) -> AsyncIterator[TaskHub]:
    """Run a hub with a worker that is stopped gracefully at the end."""
    async with TaskHub(settings) as hub:
        work = asyncio.create_task(hub.run(executor))
        try:
            yield hub
        finally:
            await hub.stop()
            await work


async def until[T](poll: Callable[[], Awaitable[T]], condition: Callable[[T], object]) -> T:
    """Poll until the condition holds and return the last result."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition(result := await poll()):  # noqa: ASYNC110 - storage sends no notifications
            await asyncio.sleep(0.03)
    return result


async def ended(hub: TaskHub, instance_id: str) -> Instance:
    """Return the instance once it has ended."""
    return await in_status(hub, instance_id, *ENDED)


async def in_status(hub: TaskHub, instance_id: str, *statuses: str) -> Instance:
    """Return the instance once it is in one of the statuses."""

    async def poll() -> Instance | None:
        return await hub.instance(instance_id)

    result = await until(poll, lambda i: i is not None and i.runtime_status in statuses)
    assert result is not None
    return result


async def outcome(hub: TaskHub, instance_id: str) -> tuple[str, str | None]:
    """Return the final status and output of an instance."""
    instance = await ended(hub, instance_id)
    return instance.runtime_status, instance.output


def messages(hub: TaskHub, queue: str) -> Callable[[], Awaitable[int]]:
    """Return a function that counts a queue's messages, including invisible ones."""

    async def count() -> int:
        client = hub.stores.storage.queues
        response = await client.call("GET", f"/{queue}", query={"comp": "metadata"})
        return int(response.headers["x-ms-approximate-messages-count"])

    return count


def assert_every_step_once(events: Sequence[Event]) -> None:
    """Assert that a finished history schedules each task once and then answers it once."""
    kinds = Counter(EventType(e["EventType"]) for e in events)
    assert kinds[EventType.ExecutionStarted] == kinds[EventType.ExecutionCompleted] == 1
    scheduled: list[int] = []
    pending: list[int | None] = []
    for event in events:
        if event["EventType"] in SCHEDULING:
            scheduled.append(event["EventId"])
            pending.append(event["EventId"])
        elif answered_id(event) is not None:
            assert answered_id(event) in pending, events
            pending.remove(answered_id(event))
    assert (scheduled, pending) == (list(range(len(scheduled))), [])
