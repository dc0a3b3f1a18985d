"""A task hub: everything the engine offers, to clients and to the worker's host.

Opens the storage, puts the parts together, and keeps one worker at most.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

from emulator.engine.client import Client
from emulator.engine.model.executor import Event, Executor
from emulator.engine.model.hub_settings import HubSettings
from emulator.engine.model.instance import Instance, InstanceQuery
from emulator.engine.storage.connections import create_resources, open_storage
from emulator.engine.stores.hub_stores import Stores
from emulator.engine.worker.worker import Worker

__all__ = ["HubSettings", "TaskHub"]


class TaskHub:
    """One task hub, open between `async with`. Opening creates what is missing in storage."""

    def __init__(self, settings: HubSettings) -> None:
        self.settings = settings
        self._exits = AsyncExitStack()
        self._worker: Worker | None = None
        self._stopped = False

    async def __aenter__(self) -> Self:
        storage = await self._exits.enter_async_context(open_storage(self.settings))
        await create_resources(storage)
        self._stores = Stores.of(storage)
        self._client = Client(self._stores)
        self._exits.callback(self._stores.post.close)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exits.aclose()

    async def run(self, executor: Executor) -> None:
        """Work until `stop` or cancelled; not at all after `stop`. Ends gracefully: begun turns are
        finished, activities get five seconds, leases are given back."""
        if not self._stopped:
            self._worker = Worker(self._stores, executor)
            await self._worker.run()

    async def stop(self) -> None:
        """Let `run` end; returns when it has."""
        self._stopped = True
        if self._worker:
            await self._worker.stop()

    async def create(
        self,
        *,
        instance_id: str,
        name: str,
        version: str | None = None,
        input: str | None = None,  # noqa: A002 - what the real client calls it
        replaceable: frozenset[str] = frozenset(),
        scheduled_at: datetime | None = None,
    ) -> None:
        """Start an instance; `input` is JSON text. Raises InstanceExistsError when the id is taken
        by an instance in a status that is not `replaceable`."""
        await self._client.create(
            instance_id=instance_id,
            name=name,
            version=version,
            input_=input,
            replaceable=replaceable,
            scheduled_at=scheduled_at,
        )

    async def instance(self, instance_id: str, *, fetch_large: bool = True) -> Instance | None:
        """The instance's row, None if there is none; large values are URLs unless fetched.

        Raises LargeMessageGoneError."""
        return await self._stores.instances.get(instance_id, fetch_large=fetch_large)

    async def history(self, instance_id: str) -> list[Event]:
        """The events of the latest execution; empty if there is none."""
        return list((await self._stores.history.load(instance_id)).events)

    async def instances(self, query: InstanceQuery) -> tuple[list[Instance], str | None]:
        """One storage page (it may be short or empty) and the token of the next, if any."""
        return await self._stores.instances.page(query)

    async def raise_event(self, instance_id: str, name: str, input: str | None) -> None:  # noqa: A002
        """Send an external event; `input` is JSON text."""
        await self._client.raise_event(instance_id, name, input)

    async def terminate(self, instance_id: str, reason: str | None) -> None:
        """End an instance; its children and activities go on."""
        await self._client.terminate(instance_id, reason)

    async def suspend(self, instance_id: str, reason: str | None) -> None:
        """Hold an instance; events that come are kept."""
        await self._client.suspend(instance_id, reason)

    async def resume(self, instance_id: str, reason: str | None) -> None:
        """Let a suspended instance go on."""
        await self._client.resume(instance_id, reason)

    async def rewind(self, instance_id: str, reason: str | None) -> None:
        """Let a failed instance try its failed steps again."""
        await self._client.rewind(instance_id, reason)

    async def purge(self, instance_id: str) -> int:
        """Delete an instance and its history; returns how many there were (0 or 1)."""
        if self._worker:
            self._worker.forget(instance_id)
        return await self._client.purge(instance_id)

    async def purge_matching(
        self, created_from: datetime, created_to: datetime | None, statuses: Sequence[str]
    ) -> int:
        """Delete by filter, with the traps of the real one (see `Client.purge_matching`)."""
        return await self._client.purge_matching(created_from, created_to, statuses)
