"""The storage of a soak, read past the router: instances, traces, operations and leftovers.

Rows and large messages of instances stay until the end of their retention, and so do the packages
and the orchestration that waits for that end.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from operator import attrgetter

from azure.storage.queue import TextBase64DecodePolicy
from azure.storage.queue.aio import QueueClient

from harness import leftovers
from harness.start_ledger import Execution

_TRACES = "traces"
_TAKEN = 3600  # seconds for which a trace that was taken is invisible
_KEPT = re.compile(
    rf"queue {_TRACES}|table Orders1x\d+(Instances|History)|container orders1x\d+-largemessages"
)
_RETENTION = "retain_line"
_ENDED = ("Terminated", "Canceled")


def is_kept(item: str) -> bool:
    """Return True if an item such as `queue x` may exist when every line is retired."""
    return leftovers.is_expected(item) or _KEPT.fullmatch(item) is not None


@dataclass(frozen=True, slots=True)
class Storage:
    """The storage account of the local run."""

    connection: str

    async def executions(self) -> list[Execution]:
        """Take the traces, which can be done once, and return every execution of every instance."""
        queue = QueueClient.from_connection_string(
            self.connection, _TRACES, message_decode_policy=TextBase64DecodePolicy()
        )
        async with queue:
            received = queue.receive_messages(messages_per_page=32, visibility_timeout=_TAKEN)
            traces = [json.loads(each.content) async for each in received]
        found = {Execution(each["instance"], each["begun"], each["nth"]) for each in traces}
        return sorted(found, key=attrgetter("instance_id", "began"))

    async def instances(self) -> list[str]:
        """Return the ids of all lines' instances."""
        rows = await leftovers.rows_of_lines(self.connection, select=["PartitionKey"])
        return [str(row["PartitionKey"]) for row in rows]

    async def waiting(self) -> list[str]:
        """Return the ids of running instances that end only after an event."""
        query = "RuntimeStatus eq 'Running' and Name eq 'waits'"
        rows = await leftovers.rows_of_lines(self.connection, query=query, select=["PartitionKey"])
        return [str(row["PartitionKey"]) for row in rows]

    async def operations(self) -> Counter[tuple[str, str]]:
        """Count the operations by kind and state."""
        return await leftovers.operations(self.connection)

    async def unfinished(self) -> list[str]:
        """Return the router's own orchestrations that still run or have failed."""
        found = await leftovers.unfinished_orchestrations(self.connection)
        return [
            f"{name} {instance_id} is {status}"
            for (name, instance_id), status in found.items()
            if status not in _ENDED and name != _RETENTION
        ]

    async def left_over(self) -> list[str]:
        """Return whatever exists and is not known to stay."""
        found = await leftovers.unexpected_items(self.connection)
        return [item for item in found if not is_kept(item)]
