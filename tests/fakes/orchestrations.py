"""The router's own orchestrations, remembered instead of run."""

from typing import Any


class RememberedOrchestrations:
    """What was started, by id; `running` are those that have not ended."""

    def __init__(self) -> None:
        self.started: dict[str, tuple[str, dict[str, Any]]] = {}
        self.running: set[str] = set()

    async def start(self, name: str, instance_id: str, value: dict[str, Any]) -> bool:
        if instance_id in self.running:
            return False
        self.started[instance_id] = (name, value)
        self.running.add(instance_id)
        return True

    async def unfinished(self, instance_id: str) -> dict[str, Any] | None:
        return self.started[instance_id][1] if instance_id in self.running else None
