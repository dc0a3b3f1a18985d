"""The client operations of a hub: start, signal, change and delete instances.

A client needs no worker: whatever changes an instance is a message to it. Except for starts,
callers check whether a request is valid in the instance's status.
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from emulator.engine.messages.message_data import Address, Message
from emulator.engine.model import event, timestamps
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event
from emulator.engine.model.instance import UNFINISHED, InstanceExistsError, InstanceQuery
from emulator.engine.storage.table import StoredRow
from emulator.engine.stores import instance_row
from emulator.engine.stores.hub_stores import HubStores
from emulator.engine.stores.rewind import rewind

_CONCURRENT_PURGES = 10


class Client:
    """A client of one hub."""

    def __init__(self, stores: HubStores) -> None:
        self._hub = stores.settings.name
        self._queues = stores.queues
        self._history = stores.history
        self._instances = stores.instances
        self._blobs = stores.blobs
        self._starts = stores.starts

    async def create(  # noqa: PLR0913 - the fields of a start
        self,
        *,
        instance_id: str,
        name: str,
        version: str | None,
        input_: str | None,
        replaceable: frozenset[str],
        scheduled_at: datetime | None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Start an instance by sending its message and then writing its row, like the real client.

        Raises InstanceExistsError if the id is taken by an instance whose status is not
        replaceable, and LargeMessageNotFoundError if that instance cannot be read.
        """
        known = await self._replaced(instance_id, replaceable)
        execution_id = uuid.uuid4().hex
        start = event.execution_started(
            instance_id=instance_id,
            execution_id=execution_id,
            name=name,
            version=version,
            input_=input_,
            scheduled_at=timestamps.to_text(scheduled_at) if scheduled_at else None,
            generation=known.row.get("Generation", 0) + 1 if known else 0,
            tags=tags,
        )
        written = self._starts.register(execution_id)
        try:
            url = await self._queues.send(Message(start, Address(instance_id, execution_id)))
            row = instance_row.pending_row(start, self._hub, url or input_)
            written.set_result(await self._instances.insert(row, replacing=known))
        finally:
            if not written.done():
                written.set_result(None)
        if not written.result():  # another client won the race
            raise InstanceExistsError("Pending")

    async def _replaced(self, instance_id: str, replaceable: frozenset[str]) -> StoredRow | None:
        known = await self._instances.row(instance_id)
        if known and known.row["RuntimeStatus"] not in replaceable:
            raise InstanceExistsError(known.row["RuntimeStatus"])
        if known:
            await self._instances.readable(known)
        return known

    async def raise_event(self, instance_id: str, name: str, input_: str | None) -> None:
        """Send an external event."""
        await self._send(instance_id, event.event_raised(name, input_))

    async def suspend(self, instance_id: str, reason: str | None) -> None:
        await self._send(instance_id, event.make(EventType.ExecutionSuspended, Reason=reason))

    async def resume(self, instance_id: str, reason: str | None) -> None:
        await self._send(instance_id, event.make(EventType.ExecutionResumed, Reason=reason))

    async def terminate(self, instance_id: str, reason: str | None) -> None:
        """Terminate an instance. Ending the row of a pending one voids its start."""
        self._queues.check(reason)  # before the row says that it was terminated
        known = await self._instances.row(instance_id)
        if known and known.row["RuntimeStatus"] == "Pending":
            columns = instance_row.terminated_columns(reason) | {
                "LastUpdatedTime": timestamps.DateTimeColumn(timestamps.now())
            }
            changed = await self._instances.merge_if_unchanged(known, columns)
            if changed and "ScheduledStartTime" in known.row:
                return
        await self._send(instance_id, event.make(EventType.ExecutionTerminated, Input=reason))

    async def rewind(self, instance_id: str, reason: str | None) -> None:
        """Retry a failed instance from its last successful point."""
        for leaf in await rewind(self._history, self._instances, instance_id):
            await self._send(leaf, event.make(EventType.GenericEvent, Data=reason))

    async def purge(self, instance_id: str) -> int:
        """Delete an instance in any status with its history and large texts, and return 0 or 1."""
        if await self._instances.row(instance_id) is None:
            return 0
        await asyncio.gather(self._history.delete(instance_id), self._blobs.delete_for(instance_id))
        await self._instances.delete(instance_id)
        return 1

    async def purge_matching(
        self, created_from: datetime, created_to: datetime | None, statuses: Sequence[str]
    ) -> int:
        """Delete the instances of a period that have one of the statuses, and return their number.

        As on Azure, unfinished statuses are ignored, an empty list matches any status including
        running instances, and a shared store is searched across all its hubs.
        """
        ended = tuple(status for status in statuses if status not in UNFINISHED)
        query = InstanceQuery(created_from=created_from, created_to=created_to, statuses=ended)
        slots = asyncio.Semaphore(_CONCURRENT_PURGES)

        async def purge(instance_id: str) -> int:
            async with slots:
                return await self.purge(instance_id)

        found = await self._instances.matching_ids(query)
        return sum(await asyncio.gather(*map(purge, found)))

    async def _send(self, instance_id: str, event_: Event) -> None:
        await self._queues.send(Message(event_, Address(instance_id, None)))
