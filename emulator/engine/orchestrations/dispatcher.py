"""The orchestrations of the partitions that this process owns: one episode at a time each.

For every instance with messages: load, sort, ask the code, send, commit, update the row, delete
the messages, in this order; so a crash at any point repeats a step instead of losing it. Knows
neither queues' polling nor leases.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence

from emulator.engine.messages.in_flight import Holds
from emulator.engine.messages.message_data import Address
from emulator.engine.messages.message_queues import Delivery
from emulator.engine.model.event import EventType
from emulator.engine.model.execution_ids import same_lineage
from emulator.engine.model.executor import Executor
from emulator.engine.orchestrations.checkpoint import Checkpoint, work_out
from emulator.engine.orchestrations.message_selection import Triage, has_ended, triage
from emulator.engine.stores import instance_row
from emulator.engine.stores.history_table import NOTHING, History, OutdatedError
from emulator.engine.stores.hub_stores import Stores

_LOG = logging.getLogger(__name__)
_REMEMBERED = 500  # instances whose history stays in memory between their episodes
_ATTEMPTS = 5  # at one episode, when others write the same history


class Orchestrations:
    """Runs turns. `deliver` hands over messages; `settled` waits until all are worked off."""

    def __init__(self, stores: Stores, holds: Holds, executor: Executor) -> None:
        self._stores = stores
        self._holds = holds
        self._executor = executor
        self._turns = asyncio.Semaphore(stores.settings.max_concurrent_turns)
        self._waiting: dict[str, list[Delivery]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._remembered: OrderedDict[str, History] = OrderedDict()

    def deliver(self, delivery: Delivery) -> None:
        """Take over a message that is held; its hold is released when it is done with."""
        instance_id = delivery.message.target.instance_id
        self._waiting.setdefault(instance_id, []).append(delivery)
        if instance_id not in self._running:
            work = self._work_off(instance_id)
            self._running[instance_id] = asyncio.create_task(work, name=instance_id)

    def forget(self, instance_id: str) -> None:
        """Read this instance's history afresh next time: someone changed it from outside."""
        self._remembered.pop(instance_id, None)

    def forget_all(self) -> None:
        """Read every history afresh: another worker may have written some."""
        self._remembered.clear()

    async def settled(self) -> None:
        """Wait until nothing is being worked on."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    async def _work_off(self, instance_id: str) -> None:
        try:
            while instance_id in self._waiting:
                async with self._turns:
                    await self._episode(instance_id, self._waiting.pop(instance_id))
        finally:
            del self._running[instance_id]

    async def _episode(self, instance_id: str, deliveries: list[Delivery]) -> None:
        try:
            await self._process(instance_id, deliveries)
        except Exception:  # noqa: BLE001 - whatever it is, the messages come again
            _LOG.exception("an episode of %s failed and is done again", instance_id)
            self.forget(instance_id)
            again = (delivery.put_back() for delivery in deliveries)
            await asyncio.gather(*again, return_exceptions=True)
        finally:
            self._holds.release(delivery.taken for delivery in deliveries)

    async def _process(self, instance_id: str, deliveries: list[Delivery]) -> None:
        admitted = await self._stores.starts.admit(deliveries)
        await _end(admitted.void, admitted.early)
        for attempt in range(_ATTEMPTS if admitted.deliveries else 0):
            sorted_ = await self._sorted(instance_id, admitted.deliveries, afresh=attempt > 0)
            if attempt > 0 or _redelivered(sorted_.void):
                await self._repair_row(instance_id)
            try:
                await self._take(instance_id, sorted_)
            except OutdatedError:
                continue
            await _end(sorted_.void, await self._still_early(instance_id, sorted_))
            return
        await _end([], admitted.deliveries)

    async def _sorted(
        self, instance_id: str, deliveries: Sequence[Delivery], *, afresh: bool
    ) -> Triage:
        """By what is remembered, messages are taken only: what does not fit may belong to what
        another worker has written since, so nothing is put back or dropped before that is read."""
        history = await self._known(instance_id, deliveries, afresh=afresh)
        sorted_ = triage(history, deliveries)
        fits = not (sorted_.early or sorted_.void)
        if fits or history is not self._remembered.get(instance_id):
            return sorted_
        return triage(await self._known(instance_id, deliveries, afresh=True), deliveries)

    async def _known(
        self, instance_id: str, deliveries: Sequence[Delivery], *, afresh: bool
    ) -> History:
        kinds = {d.message.event["EventType"] for d in deliveries}
        if afresh or EventType.GenericEvent in kinds:  # a rewind rewrites rows behind our back
            self.forget(instance_id)
        elif known := self._remembered.get(instance_id):
            return known
        elif all(self._stores.starts.is_first(d) for d in deliveries):
            return NOTHING  # should there be one after all, the commit fails and it is read
        return await self._stores.history.load(instance_id)

    async def _take(self, instance_id: str, sorted_: Triage) -> None:
        if not sorted_.events:
            return
        me, base = Address(instance_id, sorted_.execution_id), sorted_.base
        checkpoint = await work_out(self._executor, me, base.events, sorted_.events)
        if checkpoint is None:
            await _end([], sorted_.taken)
            return
        await asyncio.gather(*(self._stores.post.send(m) for m in checkpoint.messages))
        await self._commit(instance_id, base, checkpoint)
        await _end(sorted_.taken, [])

    async def _commit(self, instance_id: str, base: History, checkpoint: Checkpoint) -> None:
        execution_id, first = checkpoint.execution_id, checkpoint.past_count
        committed = await self._stores.history.commit(
            instance_id, execution_id, checkpoint.events, first=first, etag=base.etag
        )
        urls = {ordinal - first: url for ordinal, url in committed.urls.items()}
        hub = self._stores.settings.name
        columns = instance_row.changed(checkpoint.events, urls, execution_id, hub)
        columns["CustomStatus"] = checkpoint.custom_status
        events = (*base.events[:first], *checkpoint.events)
        known = History(execution_id, events, committed.etag, committed.checkpointed_at)
        self._remember(instance_id, known)
        await self._stores.instances.merge(instance_id, columns)

    async def _repair_row(self, instance_id: str) -> None:
        """Bring the row up to its history: a worker may have died between the two.

        The row is read before the history and changed only if it is as it was then.
        """
        stored = await self._stores.instances.row(instance_id)
        history = await self._stores.history.load(instance_id)
        execution_id = history.execution_id
        if stored is None or execution_id is None or not history.events:
            return
        same = same_lineage(stored.row["ExecutionId"], execution_id)
        if stored.row["RuntimeStatus"] == "Pending" and not same:
            return  # the row of the next start
        hub = self._stores.settings.name
        columns = instance_row.changed(history.events, history.urls, execution_id, hub)
        if stored.row["LastUpdatedTime"] != columns["LastUpdatedTime"]:
            await self._stores.instances.merge_if_unchanged(stored, columns)

    async def _still_early(self, instance_id: str, sorted_: Triage) -> list[Delivery]:
        """What came before its history and may wait for it; nothing waits for an instance that
        was terminated before it began."""
        if not sorted_.early or sorted_.base.events:
            return sorted_.early
        stored = await self._stores.instances.row(instance_id)
        if stored is None or stored.row["RuntimeStatus"] != "Terminated":
            return sorted_.early
        sorted_.void.extend(sorted_.early)
        return []

    def _remember(self, instance_id: str, history: History) -> None:
        self.forget(instance_id)
        if not has_ended(history.events):
            self._remembered[instance_id] = history
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)


def _redelivered(deliveries: Sequence[Delivery]) -> bool:
    return any(delivery.taken.dequeue_count > 1 for delivery in deliveries)


async def _end(done: Sequence[Delivery], again: Sequence[Delivery]) -> None:
    await asyncio.gather(*(d.done() for d in done), *(d.put_back() for d in again))
