"""The port to the task hubs of the lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from router.domain.model import HubReading, UnfinishedInstance


@dataclass(frozen=True, slots=True)
class Listing:
    """Readable names of what was looked for and of what remains of it."""

    expected: tuple[str, ...]
    remaining: tuple[str, ...]


class Hub(Protocol):
    """The task hubs of the lines."""

    async def read(self, task_hub: str, partitions: int, blocker: str | None = None) -> HubReading:
        """Look for work, where `partitions` control queues must exist. An unreadable store makes it
        partial. While the instance `blocker` is unfinished, nothing else is read."""

    async def unfinished(self, task_hub: str, top: int = 1000) -> Sequence[UnfinishedInstance]:
        """Return unfinished orchestrations, children but no entities. Raises Unreadable."""

    async def delete(self, task_hub: str, function_app: str | None) -> None:
        """Delete the hub's queues, Partitions table and lease containers, and the app's secrets,
        locks and package, unless `function_app` is None because an app of that name is not the
        line's. Keep the rows and the `-largemessages` container."""

    async def listing(self, task_hub: str, function_app: str | None) -> Listing:
        """List what `delete` removes and what remains of it. Raises Unreadable."""

    async def delete_rows(self, task_hub: str, seconds: float = 60.0) -> int | None:
        """Delete this hub's rows of Instances and History by key. Return how many instances
        changed and were kept, or None if this time did not suffice. Raises Unreadable."""

    async def delete_large_messages(self, task_hub: str) -> None:
        """Delete the container that those rows refer to. Raises Unreadable."""
