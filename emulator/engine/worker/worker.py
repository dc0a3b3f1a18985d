"""A worker of a hub: holds leases, reads the queues they allow, and ends gracefully.

Puts the parts together over time; each part's own rules are in its file.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from emulator.engine.messages.in_flight import Holds
from emulator.engine.model.executor import Executor
from emulator.engine.orchestrations.dispatcher import Orchestrations
from emulator.engine.storage.queue import HubQueue
from emulator.engine.stores.hub_stores import Stores
from emulator.engine.worker.activity_dispatcher import Activities
from emulator.engine.worker.app_lease import AppLease
from emulator.engine.worker.partition_leases import Leases
from emulator.engine.worker.queue_reader import Reader

_LOG = logging.getLogger(__name__)
_MOST_HELD = 256  # messages in memory
_GRACE_SECONDS = 5.0  # for activities, when the worker stops


class Worker:
    """One worker. `run` until `stop` (or cancelled); it can be run once."""

    def __init__(self, stores: Stores, executor: Executor) -> None:
        settings, storage = stores.settings, stores.storage
        self._settings = settings
        self._post = stores.post
        self._holds = Holds(settings.visibility_seconds)
        self._orchestrations = Orchestrations(stores, self._holds, executor)
        self._activities = Activities(
            self._post, self._holds, executor, settings.max_concurrent_activities
        )
        partitions = storage.table(settings.partitions_table)
        self._leases = Leases(partitions, settings.worker, settings.lease_seconds)
        self._app_lease = AppLease(storage)
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()

    async def stop(self) -> None:
        """Let `run` end; returns when it has."""
        self._stopping.set()
        await self._ended.wait()

    def forget(self, instance_id: str) -> None:
        """Someone has changed this instance's history from outside."""
        self._orchestrations.forget(instance_id)

    async def run(self) -> None:
        """Work until stopped; then finish what was begun and give the leases back."""
        stopped = asyncio.create_task(self._stopping.wait())
        working = asyncio.create_task(self._work())
        try:
            await asyncio.wait({stopped, working}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            await _cancel([stopped, working])
            try:
                await self._wind_up()
            finally:
                self._ended.set()

    async def _work(self) -> None:
        await self._app_lease.prepare()
        await self._app_lease.acquire()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._holds.heartbeat())
            tasks.create_task(self._app_lease.keep())
            tasks.create_task(self._keep_leases())
            self._read_work_items()

    async def _wind_up(self) -> None:
        owned = frozenset(self._readers)
        await _cancel(self._readers.values())
        await self._orchestrations.settled()
        await self._activities.stop(_GRACE_SECONDS)
        await self._leases.release(owned)
        await self._app_lease.release()

    async def _keep_leases(self) -> None:
        while True:
            try:
                await self._follow(await self._leases.refresh())
            except Exception as error:  # noqa: BLE001 - storage comes back, or the lease expires
                _LOG.warning("renewing the partitions failed, trying again: %s", error)
            await asyncio.sleep(self._settings.lease_seconds / 3)

    async def _follow(self, owned: frozenset[str]) -> None:
        """Read what is owned now, and hand over what no longer is."""
        control = {queue.name: queue for queue in self._post.control}
        lost = frozenset(self._readers) & frozenset(control) - owned
        if lost:
            await _cancel([self._readers.pop(name) for name in lost])
            await self._orchestrations.settled()
            self._orchestrations.forget_all()
            await self._leases.release(lost)
        for name in owned - frozenset(self._readers):
            self._read_control(control[name])

    def _read_control(self, queue: HubQueue) -> None:
        async def room() -> int:
            return await self._holds.below(_MOST_HELD)

        self._read(Reader(queue, self._post, self._holds, self._orchestrations.deliver, room))

    def _read_work_items(self) -> None:
        queue, activities = self._post.workitems, self._activities
        self._read(Reader(queue, self._post, self._holds, activities.deliver, activities.room))

    def _read(self, reader: Reader) -> None:
        loop = reader.run(self._settings.idle_poll_seconds)
        self._readers[reader.queue.name] = asyncio.create_task(loop, name=reader.queue.name)


async def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    running = list(tasks)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
