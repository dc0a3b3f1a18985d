"""The queues of one task hub: which are its own, how much they hold, and whether it is visible.

Knows nothing of what the messages mean; they are peeked at, never taken.
"""

import asyncio
import re

from azure.core.exceptions import AzureError

from router.azure.error_text import reason
from router.azure.storage.account import Storage
from router.domain.model import QueueReading

_ACTIVITIES = "-workitems"


async def queue_names(storage: Storage, task_hub: str) -> list[str]:
    """Every queue of exactly this hub, whatever its partition count was. Raises AzureError."""
    hub = task_hub.lower()
    own = re.compile(rf"{re.escape(hub)}(-control-\d\d|{_ACTIVITIES})")
    listed = storage.queues.list_queues(name_starts_with=f"{hub}-")
    return [str(queue.name) async for queue in listed if own.fullmatch(str(queue.name))]


async def read_queues(
    storage: Storage, task_hub: str, partition_count: int
) -> tuple[tuple[QueueReading, ...], tuple[str, ...], bool]:
    """What the queues hold; what could not be read, a queue that is missing included; and whether
    there is, for all that is known, any queue."""
    try:
        names = await queue_names(storage, task_hub)
    except AzureError as error:
        return (), (f"the queues can't be listed: {reason(error)}",), True
    missing = sorted(_expected(task_hub, partition_count) - set(names))
    answers = await asyncio.gather(*(_read(storage, name) for name in names))
    readings = tuple(answer for answer in answers if isinstance(answer, QueueReading))
    unread = tuple(answer for answer in answers if isinstance(answer, str))
    return readings, (*(f"queue {name} is missing" for name in missing), *unread), bool(names)


async def _read(storage: Storage, name: str) -> QueueReading | str:
    queue = storage.queues.get_queue_client(name)
    try:
        peeked, properties = await asyncio.gather(
            queue.peek_messages(max_messages=1), queue.get_queue_properties()
        )
    except AzureError as error:
        return f"queue {name} can't be read: {reason(error)}"
    count = int(properties.approximate_message_count or 0)
    is_of_activities = name.endswith(_ACTIVITIES)
    return QueueReading(name, max(count, len(peeked)), bool(peeked), is_of_activities)


def _expected(task_hub: str, partition_count: int) -> set[str]:
    hub = task_hub.lower()
    control = {f"{hub}-control-{number:02}" for number in range(partition_count)}
    return control | {f"{hub}{_ACTIVITIES}"}
