"""A catalog in memory. The contract tests hold it to the same behavior as the real one."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from semver import Version

from router.domain.errors import Changed, Exists
from router.domain.model import Claim, Line, LineEvent, Operation, Release
from router.domain.stored_text import require_known
from router.domain.version import LineId
from router.ports import ClaimPage
from tests.fakes.hooks import Hookable

Row = TypeVar("Row")
Etagged = TypeVar("Etagged", Line, Operation, Claim)


class InMemoryCatalog(Hookable):
    """Keeps every row in one dictionary, by its kind and its key."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[tuple[type, object], Any] = {}
        self._events: dict[LineId, list[LineEvent]] = {}
        self._etags = itertools.count(1)
        self.owner = ""

    async def mark(self, mark: str) -> str:
        self.owner = self.owner or mark
        return self.owner

    async def add_release(self, release: Release) -> None:
        self._add((Release, release.version), release)

    async def release(self, version: Version) -> Release | None:
        return self._rows.get((Release, version))

    async def releases(self) -> Sequence[Release]:
        return sorted(self._all(Release), key=lambda release: release.version)

    async def drop_release(self, version: Version) -> None:
        self._rows.pop((Release, version), None)

    async def add_line(self, line: Line) -> Line:
        return self._add((Line, line.id), self._stamped(line))

    async def add_lines(self, lines: Sequence[Line]) -> None:
        if any((Line, line.id) in self._rows for line in lines):
            raise Exists(lines)
        for line in lines:
            await self.add_line(line)

    async def replace_line(self, line: Line) -> Line:
        return self._replace((Line, line.id), line)

    async def line(self, line: LineId) -> Line | None:
        return self._rows.get((Line, line))

    async def lines(self) -> Sequence[Line]:
        return sorted(self._all(Line), key=lambda line: line.id)

    async def add_operation(self, operation: Operation) -> Operation:
        return self._add((Operation, operation.id), self._stamped(operation))

    async def replace_operation(self, operation: Operation) -> Operation:
        return self._replace((Operation, operation.id), operation)

    async def operation(self, operation_id: str) -> Operation | None:
        return self._rows.get((Operation, operation_id))

    async def add_claim(self, claim: Claim) -> Claim:
        return self._add((Claim, claim.instance_id), self._stamped(claim))

    async def replace_claim(self, claim: Claim) -> Claim:
        return self._replace((Claim, claim.instance_id), claim)

    async def claim(self, instance_id: str) -> Claim | None:
        return self._rows.get((Claim, instance_id))

    async def claims(self, line: LineId, cursor: str | None = None) -> ClaimPage:
        """Return one claim a page. A cursor is the id of the next one."""
        found = sorted(self._all(Claim), key=lambda claim: str(claim.instance_id))
        mine = [each for each in found if each.line == line]
        left = [each for each in mine if each.instance_id >= (cursor or "")]
        return ClaimPage(left[:1], left[1].instance_id if left[1:] else None)

    async def drop_claim(self, claim: Claim) -> None:
        if self._rows.get((Claim, claim.instance_id)) == claim:
            del self._rows[Claim, claim.instance_id]

    async def add_event(self, line: LineId, event: LineEvent) -> None:
        events = self._events.setdefault(line, [])
        latest = await self.events(line, 1)
        if event not in events and [each.what for each in latest] != [event.what]:
            events.append(event)

    async def drop_operations(self, line: Line) -> None:
        kept = {line.operation, line.retirement}
        for each in self._all(Operation):
            number = int(each.id.rpartition("-")[2])
            if each.line == line.id and number <= line.operations - 50 and each.id not in kept:
                del self._rows[Operation, each.id]

    async def events(self, line: LineId, top: int = 50) -> Sequence[LineEvent]:
        events = self._events.get(line, [])
        return sorted(events, key=lambda event: event.at, reverse=True)[:top]

    def _all(self, kind: type) -> list[Any]:
        return [value for (of, _), value in self._rows.items() if of is kind]

    def _stamped(self, value: Etagged) -> Etagged:
        return replace(value, etag=f"etag-{next(self._etags)}")

    def _add(self, key: tuple[type, object], value: Row) -> Row:
        if key in self._rows:
            raise Exists(key)
        self._rows[key] = value
        return value

    def _replace(self, key: tuple[type, object], value: Etagged) -> Etagged:
        require_known(str(key), value)
        if key not in self._rows or self._rows[key].etag != value.etag:
            raise Changed(key)
        stamped = self._stamped(value)
        self._rows[key] = stamped
        return stamped
