"""The post of a hub: finds a message's queue, its delay and its form, and hands it over.

Senders use `send`; readers turn what they took into a `Delivery`, which they end in one of two
ways. A large message's text lies in a blob. What an event does to an instance is not known here.
"""

import itertools
import math
import uuid
from dataclasses import dataclass
from datetime import datetime

from emulator.engine.messages import message_data
from emulator.engine.messages.message_data import LARGEST_TEXT, Message, Stamp
from emulator.engine.model import timestamps
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event
from emulator.engine.model.hub_settings import HubSettings
from emulator.engine.model.partition_keys import partition_of
from emulator.engine.storage.connections import Storage
from emulator.engine.storage.large_messages import LargeMessages, message_blob
from emulator.engine.storage.queue import HubQueue, QueuedText

_SLOWEST_RETRY = 600  # seconds


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that was taken from a queue, and the hold on it."""

    message: Message
    queue: HubQueue
    taken: QueuedText

    async def done(self) -> None:
        await self.queue.delete(self.taken)

    async def put_back(self) -> None:
        """Let it come again later: 2, 4, 8 … seconds, up to ten minutes."""
        delay = min(2 ** min(self.taken.dequeue_count, 10), _SLOWEST_RETRY)
        await self.queue.hide(self.taken, delay)
        self.queue.wake(delay)


class Post:
    """Every queue of one hub."""

    def __init__(self, storage: Storage, blobs: LargeMessages) -> None:
        settings: HubSettings = storage.settings
        self._blobs = blobs
        self._numbers = itertools.count(1)
        wire, hold = storage.queues, settings.visibility_seconds
        self.control = [HubQueue(wire, name, hold) for name in settings.control_queues]
        self.workitems = HubQueue(wire, settings.workitem_queue, hold)

    def control_queue(self, instance_id: str) -> HubQueue:
        """The queue that an instance reads."""
        return self.control[partition_of(instance_id, len(self.control))]

    async def send(self, message: Message) -> str | None:
        """Put a message on its way; returns the URL of its text if that went to a blob."""
        kind = EventType(message.event["EventType"])
        to_worker = kind is EventType.TaskScheduled
        queue = self.workitems if to_worker else self.control_queue(message.target.instance_id)
        stamp = Stamp(str(uuid.uuid4()), next(self._numbers))
        text = message_data.write(message, stamp)
        url = None
        if len(text) * 4 > LARGEST_TEXT and len(text.encode()) > LARGEST_TEXT:
            blob = message_blob(message.target.instance_id, stamp.activity_id, kind.name)
            url = await self._blobs.put(blob, text)
            text = message_data.reference(blob)
        await queue.send(text, _delay(due(message)))
        return url

    async def open(self, queue: HubQueue, taken: QueuedText) -> Delivery:
        """What was taken, as a message. Raises for a text that is no message."""
        blob = message_data.blob_reference(taken.text)
        text = taken.text if blob is None else await self._blobs.get(blob)
        return Delivery(message_data.read(text), queue, taken)

    def close(self) -> None:
        for queue in (*self.control, self.workitems):
            queue.close()


def due(message: Message) -> datetime | None:
    """When a message may be seen; None for at once."""
    event: Event = message.event
    match event["EventType"]:
        case EventType.TimerFired:
            return timestamps.parse(event["FireAt"])
        case EventType.ExecutionStarted if event["ScheduledStartTime"]:
            return timestamps.parse(event["ScheduledStartTime"])
        case EventType.EventRaised if message.target.instance_id.startswith("@"):
            operation, _, at = event["Name"].partition("@")
            return timestamps.parse(at) if operation == "op" and at else None
    return None


def _delay(at: datetime | None) -> int:
    # Whole seconds, cut: the real engine's timers fire up to a second early, and so do these.
    if at is None:
        return 0
    return max(0, math.floor((at - timestamps.parse(timestamps.now())).total_seconds()))
