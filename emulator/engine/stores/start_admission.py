"""Whether a start message begins its instance: it must be the one that the instance's row names.

A client sends the message first and writes the row then; a message without a row may therefore
be early, or its client died (then it is void after some patience, as in the real engine).
Children have no such row and are admitted as they are.
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

_PATIENCE = 10  # times a start is put back while its id has no row
_PATIENCE_IF_TAKEN = 3  # and while its id has the row of another start


@dataclass(frozen=True, slots=True)
class Admission:
    """Messages that go on, and starts that do not: for good, or for now."""

    deliveries: list[Delivery] = field(default_factory=list)
    void: list[Delivery] = field(default_factory=list)
    early: list[Delivery] = field(default_factory=list)


class Starts:
    """The starts of this process's clients, whose rows need not be read, and the check of others'.

    A first start (generation 0 of an id that had no row) is known to have no history.
    """

    def __init__(self, instances: InstancesTable) -> None:
        self._instances = instances
        self._own: dict[str, asyncio.Future[bool | None]] = {}

    def announce(self, execution_id: str) -> asyncio.Future[bool | None]:
        """Told before the message is sent; the future is to be told whether the row was written
        (None if nobody knows, then the row is read)."""
        written: asyncio.Future[bool | None] = asyncio.get_running_loop().create_future()
        self._own[execution_id] = written
        if len(self._own) > 2000:  # starts that other workers took
            self._own.pop(next(iter(self._own)))
        return written

    def is_first(self, delivery: Delivery) -> bool:
        """Whether this is the start of an id that was never used, so far as the client saw."""
        event = delivery.message.event
        return (
            event["EventType"] == EventType.ExecutionStarted
            and event["Generation"] == 0
            and delivery.taken.dequeue_count <= 1
        )

    async def admit(self, deliveries: Sequence[Delivery]) -> Admission:
        """Sort out the starts that are not to be run."""
        admission = Admission()
        for delivery in deliveries:
            event = delivery.message.event
            if event["EventType"] != EventType.ExecutionStarted or event["ParentInstance"]:
                admission.deliveries.append(delivery)
            else:
                await self._admit_start(delivery, admission)
        return admission

    async def _admit_start(self, delivery: Delivery, admission: Admission) -> None:
        target, event = delivery.message.target, delivery.message.event
        written = self._own.pop(target.execution_id or "", None)
        known = None if written is None else await asyncio.shield(written)
        if known is not None and event["ScheduledStartTime"] is None:
            (admission.deliveries if known else admission.void).append(delivery)
            return
        stored = await self._instances.row(target.instance_id)
        row = stored.row if stored else None
        if row is not None and same_lineage(row.get("ExecutionId"), target.execution_id):
            begun = row["RuntimeStatus"] in UNFINISHED
            (admission.deliveries if begun else admission.void).append(delivery)
        elif _is_void(delivery, row):
            admission.void.append(delivery)
        else:
            admission.early.append(delivery)


def _is_void(delivery: Delivery, row: Mapping[str, Any] | None) -> bool:
    """Whether the row that would belong to a start can no longer be expected."""
    count = delivery.taken.dequeue_count
    if row is None:
        return count >= _PATIENCE
    sent: str = delivery.message.event["Timestamp"]
    return count >= _PATIENCE_IF_TAKEN or sent < str(row["CreatedTime"])
