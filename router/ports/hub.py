"""The port to the task hubs of the lines whose rows are in the same tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from router.domain.model import HubReading, UnfinishedInstance


@dataclass(frozen=True, slots=True)
class Listing:
    """Readable names of what was looked for and of what remains of it."""

    expected: tuple[str, ...]
    remaining: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Purged:
    """The numbers of instances that were kept: those that had changed, and those not ended.

    `cursor`: where to continue, if needed.
    """

    changed: int
    cursor: str | None = None
    unfinished: int = 0


class Hub(Protocol):
    """The task hubs of the lines whose rows are in one pair of tables."""

    async def read(
        self,
        task_hub: str,
        partitions: int,
        blocker: str | None = None,
        cursor: str | None = None,
    ) -> HubReading:
        """Look for work, where `partitions` control queues must exist. An unreadable store makes it
        partial. While the instance `blocker` is unfinished, nothing else is read. The instances are
        read from the `cursor` of an earlier reading on."""

    async def failed(self, task_hub: str, since: datetime, until: datetime) -> int:
        """Count the orchestrations that failed in this time. Raises Unreadable."""

    async def unfinished(
        self, task_hub: str, first: str | None = None, top: int = 1000
    ) -> Sequence[UnfinishedInstance]:
        """Return some unfinished orchestrations, children but no entities, from the instance
        `first` on in the order of their ids. Raises Unreadable."""

    async def delete(self, task_hub: str, function_app: str | None) -> None:
        """Delete the hub's queues, Partitions table and lease containers, and the app's secrets,
        locks and package, unless `function_app` is None because an app of that name is not the
        line's. Keep the rows and the `-largemessages` container."""

    async def listing(self, task_hub: str, function_app: str | None) -> Listing:
        """List what `delete` removes and what remains of it. Raises Unreadable."""

    async def delete_rows(
        self, task_hub: str, cursor: str | None = None, *, before: datetime | None = None
    ) -> Purged:
        """Delete this hub's rows of Instances and History by key, for a limited time, from the
        cursor of an earlier call on. Instances that have not ended, or have changed since `before`,
        are kept. Raises Unreadable."""

    async def delete_tables(self) -> None:
        """Delete the Instances and History tables, which hold rows of one hub only. Raises
        Unreadable."""

    async def delete_large_messages(self, task_hub: str) -> None:
        """Delete the container that those rows refer to. Raises Unreadable."""
