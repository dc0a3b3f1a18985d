"""What clients ask of a hub: start, look at, signal, change and delete instances.

Needs no worker; whatever changes an instance is a message to it. Whether a request fits the
instance's status is for the caller to decide, but for starts.
"""

import asyncio
import uuid
from collections.abc import Sequence
from datetime import datetime

from emulator.engine.messages.message_data import Address, Message
from emulator.engine.model import event, timestamps
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event
from emulator.engine.model.instance import UNFINISHED, InstanceExistsError, InstanceQuery
from emulator.engine.stores import instance_row
from emulator.engine.stores.hub_stores import Stores
from emulator.engine.stores.rewind import rewind

_PURGES_AT_ONCE = 10


class Client:
    """A client of one hub."""

    def __init__(self, stores: Stores) -> None:
        self._hub = stores.settings.name
        self._post = stores.post
        self._history = stores.history
        self._instances = stores.instances
        self._blobs = stores.blobs
        self._starts = stores.starts

    async def create(
        self,
        *,
        instance_id: str,
        name: str,
        version: str | None,
        input_: str | None,
        replaceable: frozenset[str],
        scheduled_at: datetime | None,
    ) -> None:
        """Start an instance: the message first, its row then, as the real client does.

        Raises InstanceExistsError for an id in a status that is not replaceable.
        """
        known = await self._instances.row(instance_id)
        if known and known.row["RuntimeStatus"] not in replaceable:
            raise InstanceExistsError(known.row["RuntimeStatus"])
        execution_id = uuid.uuid4().hex
        start = event.execution_started(
            instance_id=instance_id,
            execution_id=execution_id,
            name=name,
            version=version,
            input_=input_,
            scheduled_at=timestamps.text(scheduled_at) if scheduled_at else None,
            generation=known.row.get("Generation", 0) + 1 if known else 0,
        )
        written = self._starts.announce(execution_id)
        try:
            url = await self._post.send(Message(start, Address(instance_id, execution_id)))
            row = instance_row.started(start, self._hub, url or input_)
            written.set_result(await self._instances.insert(row, over=known))
        finally:
            if not written.done():
                written.set_result(None)
        if not written.result():  # another client was faster
            raise InstanceExistsError("Pending")

    async def raise_event(self, instance_id: str, name: str, input_: str | None) -> None:
        """Send an external event."""
        await self._tell(instance_id, event.event_raised(name, input_))

    async def suspend(self, instance_id: str, reason: str | None) -> None:
        await self._tell(instance_id, event.make(EventType.ExecutionSuspended, Reason=reason))

    async def resume(self, instance_id: str, reason: str | None) -> None:
        await self._tell(instance_id, event.make(EventType.ExecutionResumed, Reason=reason))

    async def terminate(self, instance_id: str, reason: str | None) -> None:
        """End an instance. One that has not begun is ended in its row; its start is void then."""
        known = await self._instances.row(instance_id)
        if known and known.row["RuntimeStatus"] == "Pending":
            ended = instance_row.terminated(reason) | {
                "LastUpdatedTime": timestamps.Column(timestamps.now())
            }
            changed = await self._instances.merge_if_unchanged(known, ended)
            if changed and "ScheduledStartTime" in known.row:
                return
        await self._tell(instance_id, event.make(EventType.ExecutionTerminated, Input=reason))

    async def rewind(self, instance_id: str, reason: str | None) -> None:
        """Let a failed instance try again from its last good point."""
        for leaf in await rewind(self._history, self._instances, instance_id):
            await self._tell(leaf, event.make(EventType.GenericEvent, Data=reason))

    async def purge(self, instance_id: str) -> int:
        """Delete an instance's history, large texts and row, in any status; 0 if there is none."""
        if await self._instances.row(instance_id) is None:
            return 0
        await asyncio.gather(self._history.delete(instance_id), self._blobs.delete_of(instance_id))
        await self._instances.delete(instance_id)
        return 1

    async def purge_matching(
        self, created_from: datetime, created_to: datetime | None, statuses: Sequence[str]
    ) -> int:
        """Delete what was created in a time and is in one of the statuses; returns how many.

        As on Azure: unfinished statuses are struck from the list, an empty list means any status
        (running instances included), and a shared store is searched with all its hubs.
        """
        ended = tuple(status for status in statuses if status not in UNFINISHED)
        query = InstanceQuery(created_from=created_from, created_to=created_to, statuses=ended)
        slots = asyncio.Semaphore(_PURGES_AT_ONCE)

        async def purge(instance_id: str) -> int:
            async with slots:
                return await self.purge(instance_id)

        found = await self._instances.matching(query)
        return sum(await asyncio.gather(*map(purge, found)))

    async def _tell(self, instance_id: str, news: Event) -> None:
        await self._post.send(Message(news, Address(instance_id, None)))
