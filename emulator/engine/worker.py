"""A worker of a hub: holds leases, reads the queues they allow, and ends gracefully.

Puts the parts together over time; each part's own rules are in its file.
"""

import asyncio
import contextlib
import logging

from emulator.engine.activities import Activities
from emulator.engine.app_lease import RENEW_SECONDS, AppLease
from emulator.engine.holds import Holds
from emulator.engine.leases import Leases
from emulator.engine.orchestrations import Orchestrations
from emulator.engine.post import Delivery, Post
from emulator.engine.queue import HubQueue
from emulator.engine.reader import Reader
from emulator.engine.settings import HubSettings
from emulator.engine.turn import Executor

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 256  # control messages in memory
_GRACE_SECONDS = 5.0  # for activities, when the worker stops


class Worker:
    """One worker. `run` until `stop` (or cancelled); it can be run once."""

    def __init__(
        self,
        settings: HubSettings,
        post: Post,
        holds: Holds,
        orchestrations: Orchestrations,
        leases: Leases,
        app_lease: AppLease,
        executor: Executor,
    ) -> None:
        self._settings = settings
        self._post = post
        self._holds = holds
        self._orchestrations = orchestrations
        self._leases = leases
        self._app_lease = app_lease
        self._executor = executor
        self._activities = Activities(post, holds, settings.max_concurrent_activities)
        self._turns = asyncio.Semaphore(settings.max_concurrent_turns)
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped; then finish what was begun and give the leases back."""
        await self._app_lease.prepare()
        acquired = asyncio.create_task(self._app_lease.acquire())
        stopped = asyncio.create_task(self._stopping.wait())
        background = [acquired, stopped]
        try:
            await asyncio.wait({acquired, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if acquired.done():
                acquired.result()
                background += [
                    asyncio.create_task(self._holds.heartbeat()),
                    asyncio.create_task(self._keep_app_lease()),
                    asyncio.create_task(self._keep_leases()),
                ]
                self._read(self._post.workitems)
                await stopped
        finally:
            await _cancel(background)
            await self._wind_up()

    async def _wind_up(self) -> None:
        readers = frozenset(self._readers)
        await _cancel(self._readers.values())
        await self._orchestrations.settled()
        await self._activities.stop(_GRACE_SECONDS)
        await self._leases.release(readers)
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
        lost = [name for name in self._readers if name not in owned and "-control-" in name]
        await _cancel([self._readers.pop(name) for name in lost])
        if lost:
            await self._orchestrations.settled()
            await self._leases.release(frozenset(lost))
        for queue in self._post.control:
            if queue.name in owned and queue.name not in self._readers:
                self._read(queue)

    async def _keep_app_lease(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with contextlib.suppress(Exception):
                if not await self._app_lease.renew():
                    _LOG.warning("another app has taken the app lease")

    def _read(self, queue: HubQueue) -> None:
        to_worker = queue is self._post.workitems
        reader = Reader(
            queue,
            self._post,
            self._holds,
            self._deliver_work if to_worker else self._deliver_control,
            self._room_for_work if to_worker else self._room_for_control,
        )
        loop = reader.run(self._settings.idle_poll_seconds)
        self._readers[queue.name] = asyncio.create_task(loop, name=queue.name)

    def _deliver_control(self, delivery: Delivery) -> None:
        self._orchestrations.deliver(delivery, self._executor, self._turns)

    def _deliver_work(self, delivery: Delivery) -> None:
        self._activities.deliver(delivery, self._executor)

    async def _room_for_control(self) -> int:
        while len(self._holds) > _MOST_WAITING:
            await asyncio.sleep(0.05)
        return _MOST_WAITING

    async def _room_for_work(self) -> int:
        await self._activities.room()
        return self._activities.free


async def _cancel(tasks: object) -> None:
    running = list(tasks)  # type: ignore[call-overload]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
