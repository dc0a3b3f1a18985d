"""A worker of a hub: holds leases, reads the queues they allow and shuts down gracefully."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from emulator.engine.messages.in_flight import InFlightMessages
from emulator.engine.messages.message_queues import Delivery
from emulator.engine.model.executor import Executor
from emulator.engine.orchestrations.dispatcher import OrchestrationDispatcher
from emulator.engine.orchestrations.hold_up import HoldUp
from emulator.engine.storage.queue import HubQueue
from emulator.engine.stores.hub_stores import HubStores
from emulator.engine.worker.activity_dispatcher import ActivityDispatcher
from emulator.engine.worker.app_lease import AppLease
from emulator.engine.worker.partition_leases import PartitionLeases
from emulator.engine.worker.queue_reader import QueueReader

_LOG = logging.getLogger(__name__)
_MAX_IN_FLIGHT = 256


class Worker:
    """A worker that can run once, until `stop` is called or it is cancelled."""

    def __init__(self, stores: HubStores, executor: Executor) -> None:
        settings, storage = stores.settings, stores.storage
        self._settings = settings
        self._queues = stores.queues
        self._history_cache = stores.history_cache
        self._in_flight = InFlightMessages(
            min(settings.visibility_seconds, settings.work_item_visibility)
        )
        hold_up = HoldUp(settings.hold_up_seconds)
        self._orchestrations = OrchestrationDispatcher(stores, self._in_flight, executor, hold_up)
        self._activities = ActivityDispatcher(
            self._queues, self._in_flight, executor, hold_up, settings.max_concurrent_activities
        )
        partitions = storage.table(settings.partitions_table)
        self._leases = PartitionLeases(partitions, settings.worker, settings.lease_seconds)
        self._app_lease = AppLease(storage)
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._drains = False

    async def drain(self) -> None:
        """Take no more messages and begin no more episodes. The leases are kept.

        Episodes and activities that have begun are finished.
        """
        self._drains = True
        self._orchestrations.drain()
        await _cancel(self._readers.values())

    def idle_seconds(self) -> float:
        """Return for how long there has been no message to process."""
        return self._in_flight.idle_seconds()

    async def stop(self) -> None:
        """Let `run` end, and wait until it has."""
        self._stopping.set()
        await self._ended.wait()

    async def run(self) -> None:
        """Work until stopped, then finish what was started and release the leases."""
        stopped = asyncio.create_task(self._stopping.wait())
        working = asyncio.create_task(self._work())
        try:
            await asyncio.wait({stopped, working}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            await _cancel([stopped, working])
            try:
                await self._shut_down()
            finally:
                self._ended.set()

    async def _work(self) -> None:
        await self._app_lease.prepare()
        await self._app_lease.acquire()
        self._history_cache.clear()  # another worker may have written while this one waited
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._in_flight.renew_forever())
            tasks.create_task(self._app_lease.renew_forever())
            tasks.create_task(self._keep_leases())
            self._read_work_items()

    async def _shut_down(self) -> None:
        """Finish episodes, wait for activities and release the leases.

        As in the real engine, an activity that takes longer is left to the visibility timeout, and
        the partitions keep their owner.
        """
        owned = frozenset(self._readers)
        await _cancel(self._readers.values())
        await self._orchestrations.stop()
        if self._activities.are_running:
            await self._leases.drain(owned)
        if await self._activities.stop(self._settings.stop_seconds):
            await self._leases.release(owned)
        await self._app_lease.release()

    async def _keep_leases(self) -> None:
        while True:
            try:
                await self._apply_ownership(await self._leases.refresh())
            except Exception as error:  # noqa: BLE001 - storage recovers or the lease expires
                _LOG.warning("could not renew the partition leases, retrying: %s", error)
            await asyncio.sleep(self._settings.lease_seconds / 3)

    async def _apply_ownership(self, owned: frozenset[str]) -> None:
        """Read the queues that are owned now and hand over those that no longer are."""
        control = {queue.name: queue for queue in self._queues.control}
        lost = frozenset(self._readers) & frozenset(control) - owned
        if lost:
            await _cancel([self._readers.pop(name) for name in lost])
            await self._orchestrations.wait_idle()
            self._history_cache.clear()
            await self._leases.release(lost)
        for name in owned - frozenset(self._readers):
            self._read_control(control[name])

    def _read_control(self, queue: HubQueue) -> None:
        async def capacity() -> int:
            return await self._in_flight.wait_below(_MAX_IN_FLIGHT)

        self._read(queue, self._orchestrations.deliver, capacity)

    def _read_work_items(self) -> None:
        activities = self._activities
        self._read(self._queues.workitems, activities.deliver, activities.wait_for_capacity)

    def _read(
        self,
        queue: HubQueue,
        deliver: Callable[[Delivery], None],
        capacity: Callable[[], Awaitable[int]],
    ) -> None:
        if self._drains:
            return
        reader = QueueReader(queue, self._queues, self._in_flight, deliver, capacity)
        loop = reader.run(self._settings.idle_poll_seconds)
        self._readers[queue.name] = asyncio.create_task(loop, name=queue.name)


async def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    running = list(tasks)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
