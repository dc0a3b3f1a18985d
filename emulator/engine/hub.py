"""A task hub: everything that the engine offers to clients and to the host of the worker."""

import math
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

from emulator.engine.client import Client
from emulator.engine.model.executor import Event, Executor
from emulator.engine.model.hub_settings import HubSettings
from emulator.engine.model.instance import Instance, InstanceQuery
from emulator.engine.storage.connections import create_resources, open_storage
from emulator.engine.stores.hub_stores import HubStores
from emulator.engine.worker.worker import Worker

__all__ = ["HubSettings", "TaskHub"]


class TaskHub:
    """One task hub, open inside `async with`. Opening it creates missing storage resources."""

    stores: HubStores  # available while the hub is open

    def __init__(self, settings: HubSettings) -> None:
        self.settings = settings
        self._exits = AsyncExitStack()
        self._worker: Worker | None = None
        self._stopped = False

    async def __aenter__(self) -> Self:
        storage = await self._exits.enter_async_context(open_storage(self.settings))
        await create_resources(storage)
        self.stores = HubStores.of(storage)
        self._client = Client(self.stores)
        self._exits.callback(self.stores.queues.close)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exits.aclose()

    async def run(self, executor: Executor) -> None:
        """Work until `stop` is called or the task is cancelled, or not at all if stopped already.

        Shuts down gracefully: running episodes finish, activities get five seconds and leases are
        released.
        """
        if not self._stopped:
            self._worker = Worker(self.stores, executor)
            await self._worker.run()

    async def drain(self) -> None:
        """Take no more work while `run` finishes what it has taken."""
        if self._worker:
            await self._worker.drain()

    def idle_seconds(self) -> float:
        """Return for how long there has been nothing to process."""
        return self._worker.idle_seconds() if self._worker else math.inf

    async def stop(self) -> None:
        """Let `run` end, and wait until it has."""
        self._stopped = True
        if self._worker:
            await self._worker.stop()

    async def create(  # noqa: PLR0913 - the fields of a start
        self,
        *,
        instance_id: str,
        name: str,
        version: str | None = None,
        input: str | None = None,  # noqa: A002 - the name used by the real client
        replaceable: frozenset[str] = frozenset(),
        scheduled_at: datetime | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Start an instance with JSON text as input.

        Raises InstanceExistsError when the id is taken by an instance whose status is not
        `replaceable`.
        """
        await self._client.create(
            instance_id=instance_id,
            name=name,
            version=version,
            input_=input,
            replaceable=replaceable,
            scheduled_at=scheduled_at,
            tags=tags,
        )

    async def instance(self, instance_id: str, *, fetch_large: bool = True) -> Instance | None:
        """Return the instance or None, with large values as URLs unless they are fetched.

        Raises LargeMessageNotFoundError.
        """
        return await self.stores.instances.get(instance_id, fetch_large=fetch_large)

    async def history(self, instance_id: str) -> list[Event]:
        """Return the events of the latest execution, empty if there is none."""
        return list((await self.stores.history.load(instance_id)).events)

    async def instances(self, query: InstanceQuery) -> tuple[list[Instance], str | None]:
        """Return one storage page, which may be short or empty, and the token of the next page."""
        return await self.stores.instances.query_page(query)

    async def raise_event(self, instance_id: str, name: str, input: str | None) -> None:  # noqa: A002
        """Send an external event with JSON text as input."""
        await self._client.raise_event(instance_id, name, input)

    async def terminate(self, instance_id: str, reason: str | None) -> None:
        """Terminate an instance but not its children and activities."""
        await self._client.terminate(instance_id, reason)

    async def suspend(self, instance_id: str, reason: str | None) -> None:
        """Suspend an instance, which keeps incoming events."""
        await self._client.suspend(instance_id, reason)

    async def resume(self, instance_id: str, reason: str | None) -> None:
        """Resume a suspended instance."""
        await self._client.resume(instance_id, reason)

    async def rewind(self, instance_id: str, reason: str | None) -> None:
        """Retry the failed steps of a failed instance."""
        await self._client.rewind(instance_id, reason)

    async def purge(self, instance_id: str) -> int:
        """Delete an instance and its history, and return how many were deleted, 0 or 1."""
        self.stores.history_cache.remove(instance_id)
        return await self._client.purge(instance_id)

    async def purge_matching(
        self, created_from: datetime, created_to: datetime | None, statuses: Sequence[str]
    ) -> int:
        """Delete instances by filter, with the pitfalls described in `Client.purge_matching`."""
        return await self._client.purge_matching(created_from, created_to, statuses)
