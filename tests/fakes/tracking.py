"""The rows of one tracking store in memory."""

from typing import Any

from router.domain.model import Owner
from router.ports import StatusQuery


class InMemoryTracking:
    """Implements router.ports.Tracking over `rows`, which it counts the reads of."""

    def __init__(self, rows: dict[str, Owner] | None = None) -> None:
        self.rows = rows or {}
        self.reads = 0

    async def owner(self, instance_id: str) -> Owner | None:
        self.reads += 1
        return self.rows.get(instance_id)

    async def status(self, instance_id: str, query: StatusQuery) -> dict[str, Any] | None:
        """Return the task hub as the output."""
        row = self.rows.get(instance_id)
        if row is None:
            return None
        return {"runtimeStatus": row.runtime_status, "input": None, "output": row.task_hub}

    async def purge(self, instance_id: str) -> bool:
        return self.rows.pop(instance_id, None) is not None
