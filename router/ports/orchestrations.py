"""The port to the orchestrations of the router's own task hub."""

from collections.abc import Sequence
from typing import Any, Protocol

from router.domain.model import Orchestration


class Orchestrations(Protocol):
    """The orchestrations of the router's own task hub. Raises Unavailable."""

    async def start(self, name: str, instance_id: str, value: dict[str, Any]) -> bool:
        """Start an orchestration unless it is running, and return whether this call did."""

    async def get(self, instance_id: str) -> Orchestration | None:
        """Return an orchestration, ended or not, or None."""

    async def failed(self, prefix: str) -> Sequence[Orchestration]:
        """Return those that failed and whose id begins so, or some of them if they are many."""

    async def terminate(self, instance_id: str, reason: str) -> None:
        """Request termination, which takes effect later. Do nothing if it has ended."""

    async def mark(self, mark: str) -> str:
        """Return whose the hub is: leave this mark if there is none, and return the one there."""

    async def purge(self, instance_id: str) -> None:
        """Delete an orchestration that has ended."""
