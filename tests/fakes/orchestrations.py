"""The router's own orchestrations, recorded instead of run."""

from datetime import UTC, datetime
from typing import Any

from router.domain.model import Orchestration
from tests.fakes.hooks import Hookable

AT = datetime(2026, 11, 22, 13, tzinfo=UTC)


class FakeOrchestrations(Hookable):
    """`started` holds name and input by id, `running` the ids of those that have not ended."""

    def __init__(self) -> None:
        super().__init__()
        self.started: dict[str, tuple[str, dict[str, Any]]] = {}
        self.running: set[str] = set()
        self.ends: dict[str, tuple[str, Any]] = {}
        self.at = AT  # when each of them changed last
        self.ignores_terminate = False
        self.owner = ""

    async def start(self, name: str, instance_id: str, value: dict[str, Any]) -> bool:
        if instance_id in self.running:
            return False
        self.started[instance_id] = (name, value)
        self.running.add(instance_id)
        return True

    async def get(self, instance_id: str) -> Orchestration | None:
        if instance_id not in self.started:
            return None
        status, output = self.ends.get(instance_id, ("Completed", None))
        if instance_id in self.running:
            status, output = "Running", None
        return Orchestration(self.started[instance_id][1], status, self.at, output)

    async def failed(self, prefix: str) -> list[Orchestration]:
        known = [name for name in self.started if name.startswith(prefix)]
        found = [each for name in known if (each := await self.get(name)) is not None]
        return [each for each in found if each.runtime_status == "Failed"]

    async def terminate(self, instance_id: str, reason: str) -> None:
        if instance_id in self.running and not self.ignores_terminate:
            self.end(instance_id, "Terminated", reason)

    async def mark(self, mark: str) -> str:
        self.owner = self.owner or mark
        return self.owner

    async def purge(self, instance_id: str) -> None:
        del self.started[instance_id]

    def end(self, instance_id: str, status: str, output: Any) -> None:
        """End a running orchestration."""
        self.running.remove(instance_id)
        self.ends[instance_id] = status, output
