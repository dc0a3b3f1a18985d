"""The queues of a hub: routes outgoing messages and turns received ones into deliveries."""

import itertools
import math
import uuid
from dataclasses import dataclass
from datetime import datetime

from emulator.engine.messages import message_data
from emulator.engine.messages.message_data import MAX_INLINE_BYTES, Message, Stamp
from emulator.engine.model import timestamps
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event
from emulator.engine.model.hub_settings import HubSettings
from emulator.engine.model.partition_keys import partition_number
from emulator.engine.storage import message_text
from emulator.engine.storage.connections import Storage
from emulator.engine.storage.large_messages import LargeMessages, message_blob_name
from emulator.engine.storage.queue import HubQueue, QueueMessage

_MAX_RETRY_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message received from a queue, which is held until it is completed or abandoned."""

    message: Message
    queue: HubQueue
    queue_message: QueueMessage

    async def complete(self) -> None:
        """Delete the message from its queue."""
        await self.queue.delete(self.queue_message)

    async def abandon(self) -> None:
        """Make the message visible again after 2, 4, 8 … seconds, at most ten minutes."""
        delay = min(2 ** min(self.queue_message.dequeue_count, 10), _MAX_RETRY_SECONDS)
        await self.queue.hide(self.queue_message, delay)
        self.queue.wake(delay)


class MessageQueues:
    """The control queues and the work-item queue of one hub."""

    def __init__(self, storage: Storage, blobs: LargeMessages) -> None:
        settings: HubSettings = storage.settings
        self._blobs = blobs
        self._sequence = itertools.count(1)
        self._encoding = settings.encoding
        client, visibility = storage.queues, settings.visibility_seconds
        self.control = [HubQueue(client, name, visibility) for name in settings.control_queues]
        self.workitems = HubQueue(client, settings.workitem_queue, settings.work_item_visibility)

    def control_queue(self, instance_id: str) -> HubQueue:
        """Return the queue that receives an instance's messages."""
        return self.control[partition_number(instance_id, len(self.control))]

    async def send(self, message: Message) -> str | None:
        """Send a message and return the URL of its text if that went to a blob.

        Raises MessageRefusedError.
        """
        kind = EventType(message.event["EventType"])
        is_activity = kind is EventType.TaskScheduled
        queue = self.workitems if is_activity else self.control_queue(message.target.instance_id)
        stamp = Stamp(str(uuid.uuid4()), next(self._sequence))
        text = message_data.serialize(message, stamp)
        url = None
        if len(text) * 4 > MAX_INLINE_BYTES < len(text.encode(errors="replace")):
            blob = message_blob_name(message.target.instance_id, stamp.activity_id, kind.name)
            url = await self._blobs.put(blob, text)
            text = message_data.serialize_reference(blob)
        text = message_text.written(text, self._encoding)
        await queue.send(text, _delay(visible_at(message)))
        return url

    def check(self, text: str | None) -> None:
        """Raise MessageRefusedError for a text that no message may contain."""
        message_text.written(text or "", self._encoding)

    async def read(self, queue: HubQueue, queue_message: QueueMessage) -> Delivery:
        """Return a received message as a delivery. Raises if the text is not a message."""
        text = message_text.read(queue_message.text)
        blob = message_data.referenced_blob(text)
        text = text if blob is None else await self._blobs.get(blob)
        return Delivery(message_data.deserialize(text), queue, queue_message)

    def close(self) -> None:
        for queue in (*self.control, self.workitems):
            queue.close()


def visible_at(message: Message) -> datetime | None:
    """Return when a message becomes visible, or None for immediately."""
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
    # Truncated to whole seconds: like the real engine's, timers fire up to a second early.
    if at is None:
        return 0
    return max(0, math.floor((at - timestamps.parse(timestamps.now())).total_seconds()))
