"""Dispatches the messages of this process's partitions to orchestrations, one episode at a time.

For every instance with messages it loads the history, selects messages, runs the code, sends,
commits, updates the row and deletes the messages, in this order: a crash at any point repeats a
step instead of losing it.
"""

import asyncio
import logging
from collections.abc import Sequence

from emulator.engine.messages.in_flight import InFlightMessages
from emulator.engine.messages.message_data import Address, Message
from emulator.engine.messages.message_queues import Delivery
from emulator.engine.model.event import EventType
from emulator.engine.model.execution_ids import same_lineage
from emulator.engine.model.executor import Executor
from emulator.engine.orchestrations.checkpoint import Checkpoint, run_to_checkpoint
from emulator.engine.orchestrations.hold_up import HoldUp
from emulator.engine.orchestrations.message_selection import (
    Selection,
    has_ended,
    select_messages,
)
from emulator.engine.storage.message_text import MessageRefusedError
from emulator.engine.stores import instance_row
from emulator.engine.stores.history_table import NO_HISTORY, History, StaleHistoryError
from emulator.engine.stores.hub_stores import HubStores

_LOG = logging.getLogger(__name__)
_ATTEMPTS = 5  # at one episode while others write the same history


class OrchestrationDispatcher:
    """Runs the episodes of orchestrations and entities."""

    def __init__(
        self,
        stores: HubStores,
        in_flight: InFlightMessages,
        executor: Executor,
        hold_up: HoldUp,
    ) -> None:
        self._stores = stores
        self._in_flight = in_flight
        self._executor = executor
        self._hold_up = hold_up
        self._slots = asyncio.Semaphore(stores.settings.max_concurrent_orchestrators)
        self._waiting: dict[str, list[Delivery]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._cache = stores.history_cache
        self._drains = False

    def deliver(self, delivery: Delivery) -> None:
        """Process an in-flight message, which is no longer in flight when it is done."""
        instance_id = delivery.message.target.instance_id
        self._waiting.setdefault(instance_id, []).append(delivery)
        if instance_id not in self._running:
            work = self._process_waiting(instance_id)
            self._running[instance_id] = asyncio.create_task(work, name=instance_id)

    def drain(self) -> None:
        """Begin no more episodes. What waits for one is left to the next worker."""
        self._drains = True

    async def wait_idle(self) -> None:
        """Wait until no message is being processed."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    async def stop(self) -> None:
        """End the hold-up, if there is one, and wait until no message is being processed."""
        self._hold_up.end()
        await self.wait_idle()

    async def _process_waiting(self, instance_id: str) -> None:
        try:
            while instance_id in self._waiting:
                await self._hold_up.before_episode()
                async with self._slots:
                    await self._process_or_abandon(instance_id, self._waiting.pop(instance_id))
        finally:
            del self._running[instance_id]

    async def _process_or_abandon(self, instance_id: str, deliveries: list[Delivery]) -> None:
        try:
            await self._process(instance_id, deliveries)
        except Exception:  # noqa: BLE001 - whatever it is, the messages are redelivered
            _LOG.exception("an episode of %s failed and will be retried", instance_id)
            self._cache.remove(instance_id)
            abandoned = (delivery.abandon() for delivery in deliveries)
            await asyncio.gather(*abandoned, return_exceptions=True)
        finally:
            self._in_flight.remove(delivery.queue_message for delivery in deliveries)

    async def _process(self, instance_id: str, deliveries: list[Delivery]) -> None:
        admission = await self._stores.starts.admit(deliveries)
        await _settle(completed=admission.discarded, abandoned=admission.deferred)
        for attempt in range(_ATTEMPTS if admission.admitted else 0):
            selection = await self._select(instance_id, admission.admitted, reload=attempt > 0)
            if attempt > 0 or _any_redelivered(selection.discarded):
                await self._repair_row(instance_id)
            try:
                await self._run(instance_id, selection)
            except StaleHistoryError:
                if instance_id.startswith("@"):
                    await self._give_way(instance_id, admission.admitted)
                    return
                continue
            await self._discard_if_terminated(instance_id, selection)
            await _settle(completed=selection.discarded, abandoned=selection.deferred)
            return
        await _settle(completed=[], abandoned=admission.admitted)

    async def _give_way(self, instance_id: str, deliveries: Sequence[Delivery]) -> None:
        """Let the operations of an entity run again later: another worker was faster."""
        _LOG.warning("another worker has updated the history of %s; trying again", instance_id)
        self._cache.remove(instance_id)
        await _settle(completed=[], abandoned=deliveries)

    async def _select(
        self, instance_id: str, deliveries: Sequence[Delivery], *, reload: bool
    ) -> Selection:
        """Select messages. A cached history can only accept them.

        What does not fit the cache may belong to what another worker has written since, so nothing
        is deferred or discarded before the stored history is read.
        """
        history = await self._history(instance_id, deliveries, reload=reload)
        selection = select_messages(history, deliveries)
        all_accepted = not (selection.deferred or selection.discarded)
        if all_accepted or history is not self._cache.get(instance_id):
            return selection
        reloaded = await self._history(instance_id, deliveries, reload=True)
        return select_messages(reloaded, deliveries)

    async def _history(
        self, instance_id: str, deliveries: Sequence[Delivery], *, reload: bool
    ) -> History:
        kinds = {d.message.event["EventType"] for d in deliveries}
        if reload or EventType.GenericEvent in kinds:  # a rewind rewrites rows in storage
            self._cache.remove(instance_id)
        elif cached := self._cache.get(instance_id):
            return cached
        elif all(self._stores.starts.is_first_start(d) for d in deliveries):
            return NO_HISTORY  # if there is one after all, the commit fails and it is loaded
        return await self._stores.history.load(instance_id)

    async def _run(self, instance_id: str, selection: Selection) -> None:
        if not selection.events:
            return
        if self._drains:
            await _settle(completed=[], abandoned=selection.accepted)
            return
        me, base = Address(instance_id, selection.execution_id), selection.base
        checkpoint = await run_to_checkpoint(self._executor, me, base.events, selection.events)
        if checkpoint is None:
            await _settle(completed=[], abandoned=selection.accepted)
            return
        await self._send(checkpoint.messages, selection.accepted)
        await self._commit(instance_id, base, checkpoint)
        await _settle(completed=selection.accepted, abandoned=[])

    async def _send(self, messages: Sequence[Message], causes: Sequence[Delivery]) -> None:
        try:
            await asyncio.gather(*(self._stores.queues.send(message) for message in messages))
        except MessageRefusedError:
            if any(m.event["EventType"] != EventType.TaskScheduled for m in messages):
                self._hold_up.stop_episodes(again=_any_redelivered(causes))
            self._hold_up.slow_activities()
            raise

    async def _commit(self, instance_id: str, base: History, checkpoint: Checkpoint) -> None:
        execution_id, first = checkpoint.execution_id, checkpoint.past_count
        result = await self._stores.history.commit(
            instance_id, execution_id, checkpoint.events, first=first, etag=base.etag
        )
        urls = {ordinal - first: url for ordinal, url in result.urls.items()}
        hub = self._stores.settings.name
        columns = instance_row.checkpoint_columns(checkpoint.events, urls, execution_id, hub)
        columns["CustomStatus"] = checkpoint.custom_status
        events = (*base.events[:first], *checkpoint.events)
        committed = History(execution_id, events, result.etag, result.checkpointed_at)
        self._update_cache(instance_id, committed)
        await self._stores.instances.merge(instance_id, columns)

    async def _repair_row(self, instance_id: str) -> None:
        """Bring the row up to date with its history: a worker may have died between the writes.

        The row is read before the history and updated only if it has not changed since.
        """
        stored = await self._stores.instances.row(instance_id)
        history = await self._stores.history.load(instance_id)
        execution_id = history.execution_id
        if stored is None or execution_id is None or not history.events:
            return
        is_same = same_lineage(stored.row["ExecutionId"], execution_id)
        if stored.row["RuntimeStatus"] == "Pending" and not is_same:
            return  # the row of the next start
        hub = self._stores.settings.name
        columns = instance_row.checkpoint_columns(history.events, history.urls, execution_id, hub)
        if stored.row["LastUpdatedTime"] != columns["LastUpdatedTime"]:
            await self._stores.instances.merge_if_unchanged(stored, columns)

    async def _discard_if_terminated(self, instance_id: str, selection: Selection) -> None:
        """Discard deferred messages for an instance that was terminated before it started."""
        if not selection.deferred or selection.base.events:
            return
        stored = await self._stores.instances.row(instance_id)
        if stored is not None and stored.row["RuntimeStatus"] == "Terminated":
            selection.discarded.extend(selection.deferred)
            selection.deferred.clear()

    def _update_cache(self, instance_id: str, history: History) -> None:
        if has_ended(history.events):
            self._cache.remove(instance_id)
        else:
            self._cache.put(instance_id, history)


def _any_redelivered(deliveries: Sequence[Delivery]) -> bool:
    return any(delivery.queue_message.dequeue_count > 1 for delivery in deliveries)


async def _settle(*, completed: Sequence[Delivery], abandoned: Sequence[Delivery]) -> None:
    await asyncio.gather(
        *(delivery.complete() for delivery in completed),
        *(delivery.abandon() for delivery in abandoned),
    )
