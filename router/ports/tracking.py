"""The port to the tracking stores."""

from dataclasses import dataclass
from typing import Any, Protocol

from router.domain.model import Owner


@dataclass(frozen=True, slots=True)
class StatusQuery:
    """The parts of an instance's status to return."""

    show_input: bool = True
    show_history: bool = False
    show_history_output: bool = False


class Tracking(Protocol):
    """One tracking store: the tables of one line's instances, or of all. Raises Unreadable."""

    async def status(self, instance_id: str, query: StatusQuery) -> dict[str, Any] | None:
        """Return the instance in the shape of Durable's own API, or None."""

    async def owner(self, instance_id: str) -> Owner | None:
        """Return the task hub, status and creation time of an instance, or None: one point read."""

    async def purge(self, instance_id: str) -> bool:
        """Delete the rows and large messages of an ended instance that no app owns any more.
        Return False if there is none or it has not ended."""
