"""The inputs of parked starts in memory. The contract tests hold it to the real one's behavior."""

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from router.domain.version import LineId, parse_line
from router.ports import Kept, KeptInput
from tests.fakes.hooks import Hookable


class InMemoryParkedInputs(Hookable):
    """Keeps value and time by reason and reference."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.kept: dict[tuple[Kept, str], tuple[str, datetime]] = {}
        self._now = now
        self._numbers = itertools.count(1)

    async def put(self, line: LineId, instance_id: str, value: str) -> str:
        reference = f"{line}/{instance_id}/{next(self._numbers):06d}"
        self.kept[Kept.WAITING, reference] = value, self._now()
        return reference

    async def get(self, reference: str) -> str | None:
        found = self.kept.get((Kept.WAITING, reference)) or self.kept.get((Kept.ENDED, reference))
        return found[0] if found else None

    async def was_forwarded(self, reference: str) -> bool:
        return (Kept.FORWARDED, reference) in self.kept

    async def keep(self, reference: str, kept: Kept) -> None:
        value, _ = self.kept.get((Kept.WAITING, reference), (None, None))
        if value is None and kept is Kept.ENDED:
            return
        self.kept[kept, reference] = (value or "" if kept is Kept.ENDED else ""), self._now()
        self.kept.pop((Kept.WAITING, reference), None)

    async def delete(self, reference: str) -> None:
        for kept in Kept:
            self.kept.pop((kept, reference), None)

    async def counts(self) -> Mapping[LineId, int]:
        waiting = (name for kept, name in self.kept if kept is Kept.WAITING)
        return Counter(parse_line(name.split("/")[0]) for name in waiting)

    async def older(self, kept: Kept, than: datetime, top: int) -> Sequence[KeptInput]:
        found = [
            KeptInput(name, name.split("/")[1], at)
            for (of, name), (_, at) in sorted(self.kept.items())
            if of is kept and at < than
        ]
        return found[:top]
