"""What one execution sends to entities: requests that are numbered so that entities can order them.

Owns the request's text as the extension writes it. Ids come out the same on every replay.
"""

import uuid

from emulator.durable.dotnet.ticks import NEVER, text, ticks
from emulator.durable.entity.messages import request
from emulator.durable.replay.execution import Execution


class Outbox:
    """The requests of one execution to entities."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._ids = 0
        self._last: dict[str, str] = {}  # per entity, the time of the request before

    def send(self, entity: str, operation: str, value: str, *, signal: bool) -> str:
        """Send an operation to the entity `@name@key`; returns the id that the reply will bear."""
        execution = self._execution
        request_id = self._new_id()
        before = self._last.get(entity.lower())
        stamp = execution.now
        if before is not None and ticks(stamp) <= ticks(before):
            stamp = text(ticks(before) + 1)
        self._last[entity.lower()] = stamp
        body = request(
            operation,
            signal=signal,
            value=value,
            request_id=request_id,
            sender=(execution.instance_id, execution.execution_id),
            stamp=(stamp, before or NEVER),
        )
        execution.send(entity, "op", body)
        return request_id

    def _new_id(self) -> str:
        execution = self._execution
        name = f"{execution.instance_id}_{execution.now}_{self._ids}"
        self._ids += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, name))
