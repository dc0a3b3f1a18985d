"""The port to the router's own database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from semver import Version

from router.domain.model import Claim, Line, LineEvent, Operation, Release
from router.domain.version import LineId


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """Claims of a line, and where to continue, None at the end."""

    claims: Sequence[Claim]
    cursor: str | None = None


class Catalog(Protocol):
    """The router's own database, changed by etag. Raises Exists, Changed, Unreadable."""

    async def mark(self, mark: str) -> str:
        """Return whose the catalog is: leave this mark if there is none, return the one there."""

    async def add_release(self, release: Release) -> None: ...
    async def release(self, version: Version) -> Release | None: ...
    async def releases(self) -> Sequence[Release]: ...
    async def drop_release(self, version: Version) -> None: ...
    async def add_line(self, line: Line) -> Line: ...
    async def add_lines(self, lines: Sequence[Line]) -> None:
        """Add all lines, or none if one of them exists."""

    async def replace_line(self, line: Line) -> Line: ...
    async def line(self, line: LineId) -> Line | None: ...
    async def lines(self) -> Sequence[Line]: ...
    async def add_operation(self, operation: Operation) -> Operation: ...
    async def replace_operation(self, operation: Operation) -> Operation: ...
    async def operation(self, operation_id: str) -> Operation | None: ...
    async def add_claim(self, claim: Claim) -> Claim: ...
    async def replace_claim(self, claim: Claim) -> Claim: ...
    async def claim(self, instance_id: str) -> Claim | None: ...
    async def claims(self, line: LineId, cursor: str | None = None) -> ClaimPage:
        """Return some claims of a line, from the cursor of an earlier page on."""

    async def drop_claim(self, claim: Claim) -> None:
        """Delete a claim unless it has changed."""

    async def drop_operations(self, line: Line) -> None:
        """Delete a line's operations except for the latest, and those that its row names."""

    async def add_event(self, line: LineId, event: LineEvent) -> None:
        """Add an event unless the latest one says the same. Of many, the oldest are deleted."""

    async def events(self, line: LineId, top: int = 50) -> Sequence[LineEvent]:
        """Return a line's events, newest first."""
