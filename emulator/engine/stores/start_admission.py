"""Decides whether a start message may begin its instance: the instance's row must name it.

A client sends the message first and writes the row afterwards. A message without a row is therefore
early, or its client died. In that case it is discarded after some deliveries, as in the real
engine. Children have no such row and are always admitted.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.engine.messages.message_queues import Delivery
from emulator.engine.model.event import EventType
from emulator.engine.model.execution_ids import same_lineage
from emulator.engine.model.instance import UNFINISHED
from emulator.engine.stores.instances_table import InstancesTable

_MAX_DELIVERIES = 10  # of a start whose id has no row
_MAX_DELIVERIES_IF_TAKEN = 3  # of a start whose id has the row of another start
_MAX_LOCAL_STARTS = 2000  # those that other workers receive are never removed otherwise


@dataclass(frozen=True, slots=True)
class Admission:
    """The admitted messages, and the starts that are discarded or deferred."""

    admitted: list[Delivery] = field(default_factory=list)
    discarded: list[Delivery] = field(default_factory=list)
    deferred: list[Delivery] = field(default_factory=list)


class StartAdmission:
    """Admits starts, without reading the rows of those made by this process's clients.

    A first start (generation 0 of an id without a row) is known to have no history.
    """

    def __init__(self, instances: InstancesTable) -> None:
        self._instances = instances
        self._local_starts: dict[str, asyncio.Future[bool | None]] = {}

    def register(self, execution_id: str) -> asyncio.Future[bool | None]:
        """Register a start before its message is sent.

        The caller sets the returned future to True if the row was written, to False if it was not,
        and to None if that is unknown, so that the row is read.
        """
        written: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()
        self._local_starts[execution_id] = written
        if len(self._local_starts) > _MAX_LOCAL_STARTS:
            self._local_starts.pop(next(iter(self._local_starts)))
        return written

    def is_first_start(self, delivery: Delivery) -> bool:
        """Return True for the start of an id that was unused when the client looked it up."""
        event = delivery.message.event
        return (
            event["EventType"] == EventType.ExecutionStarted
            and event["Generation"] == 0
            and delivery.queue_message.dequeue_count <= 1
        )

    async def admit(self, deliveries: Sequence[Delivery]) -> Admission:
        """Separate the starts that must not run, now or ever, from the other messages."""
        admission = Admission()
        for delivery in deliveries:
            event = delivery.message.event
            if event["EventType"] != EventType.ExecutionStarted or event["ParentInstance"]:
                admission.admitted.append(delivery)
            else:
                await self._admit_start(delivery, admission)
        return admission

    async def _admit_start(self, delivery: Delivery, admission: Admission) -> None:
        target, event = delivery.message.target, delivery.message.event
        written = self._local_starts.pop(target.execution_id or "", None)
        has_row = None if written is None else await asyncio.shield(written)
        if has_row is not None and event["ScheduledStartTime"] is None:
            (admission.admitted if has_row else admission.discarded).append(delivery)
            return
        stored = await self._instances.row(target.instance_id)
        row = stored.row if stored else None
        if row is not None and same_lineage(row.get("ExecutionId"), target.execution_id):
            unfinished = row["RuntimeStatus"] in UNFINISHED
            (admission.admitted if unfinished else admission.discarded).append(delivery)
        elif _is_orphaned(delivery, row):
            admission.discarded.append(delivery)
        else:
            admission.deferred.append(delivery)


def _is_orphaned(delivery: Delivery, row: Mapping[str, Any] | None) -> bool:
    """Return True if the row that belongs to a start can no longer be expected."""
    count = delivery.queue_message.dequeue_count
    if row is None:
        return count >= _MAX_DELIVERIES
    sent: str = delivery.message.event["Timestamp"]
    return count >= _MAX_DELIVERIES_IF_TAKEN or sent < str(row["CreatedTime"])
