"""The requests that one execution sends to entities, stamped so that entities can order them.

Request ids are the same on every replay.
"""

import uuid

from emulator.durable.dotnet.ticks import MIN_TIME, to_text, to_ticks
from emulator.durable.entity.messages import request
from emulator.durable.replay.execution import Execution


class EntityRequests:
    """The requests of one execution to entities."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._ids = 0
        self._last: dict[str, str] = {}  # time of the previous request, per entity

    def send(self, entity: str, operation: str, value: str, *, signal: bool) -> str:
        """Send an operation to the entity `@name@key` and return the id of its reply."""
        execution = self._execution
        request_id = self._new_id()
        predecessor = self._last.get(entity.lower())
        stamp = execution.now
        if predecessor is not None and to_ticks(stamp) <= to_ticks(predecessor):
            stamp = to_text(to_ticks(predecessor) + 1)
        self._last[entity.lower()] = stamp
        body = request(
            operation,
            signal=signal,
            value=value,
            request_id=request_id,
            sender=(execution.instance_id, execution.execution_id),
            stamp=(stamp, predecessor or MIN_TIME),
        )
        execution.send_event(entity, "op", body)
        return request_id

    def _new_id(self) -> str:
        execution = self._execution
        name = f"{execution.instance_id}_{execution.now}_{self._ids}"
        self._ids += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, name))
