"""Read the queues of one task hub: message counts, and whether a message is visible.

Messages are only peeked at, never dequeued.
"""

import asyncio
import re

from azure.core.exceptions import AzureError

from router.azure.error_text import describe
from router.azure.storage.account import Storage
from router.domain.model import QueueReading

_ACTIVITIES = "-workitems"


async def queue_names(storage: Storage, task_hub: str) -> list[str]:
    """Return this hub's queues, whatever its partition count was. Raises AzureError."""
    hub = task_hub.lower()
    own = re.compile(rf"{re.escape(hub)}(-control-\d\d|{_ACTIVITIES})")
    listed = storage.queues.list_queues(name_starts_with=f"{hub}-")
    return [str(queue.name) async for queue in listed if own.fullmatch(str(queue.name))]


async def read_queues(
    storage: Storage, task_hub: str, partition_count: int
) -> tuple[tuple[QueueReading, ...], tuple[str, ...], bool]:
    """Return the readings, the problems (missing queues included), and whether any queue exists.

    If the queues cannot be listed, one is assumed to exist.
    """
    try:
        names = await queue_names(storage, task_hub)
    except AzureError as error:
        return (), (f"the queues cannot be listed: {describe(error)}",), True
    missing = sorted(_expected(task_hub, partition_count) - set(names))
    results = await asyncio.gather(*(_read(storage, name) for name in names))
    readings = tuple(result for result in results if isinstance(result, QueueReading))
    unreadable = tuple(result for result in results if isinstance(result, str))
    problems = (*(f"queue {name} is missing" for name in missing), *unreadable)
    return readings, problems, bool(names)


async def _read(storage: Storage, name: str) -> QueueReading | str:
    queue = storage.queues.get_queue_client(name)
    try:
        peeked, properties = await asyncio.gather(
            queue.peek_messages(max_messages=1), queue.get_queue_properties()
        )
    except AzureError as error:
        return f"queue {name} cannot be read: {describe(error)}"
    count = int(properties.approximate_message_count or 0)
    holds_activities = name.endswith(_ACTIVITIES)
    return QueueReading(name, max(count, len(peeked)), bool(peeked), holds_activities)


def _expected(task_hub: str, partition_count: int) -> set[str]:
    hub = task_hub.lower()
    control = {f"{hub}-control-{number:02}" for number in range(partition_count)}
    return control | {f"{hub}{_ACTIVITIES}"}
