"""Tells a draining line's row of a start before it is forwarded: no retirement overlooks it.

The row's new etag undoes a retirement that was decided without knowing of this start. A note that
is younger than half the margin stands for the next starts too: the margin covers them. Knows
nothing of forwarding.
"""

from dataclasses import replace
from datetime import timedelta

from router.domain.errors import Changed
from router.domain.line_states import SERVES, LineState, Starts
from router.domain.model import Line
from router.ports import Catalog, Clock


class StartNotes:
    """Notes on the rows of draining lines."""

    def __init__(self, catalog: Catalog, margin_seconds: float, now: Clock) -> None:
        self._catalog = catalog
        self._recent = timedelta(seconds=margin_seconds / 2)
        self._now = now

    async def take(self, line: Line) -> bool:
        """Note a start on the line; False when the line takes starts no more, so it must wait."""
        while line.state is LineState.DRAINING:
            now = self._now()
            if line.last_start_at is not None and now - line.last_start_at < self._recent:
                return True
            try:
                await self._catalog.replace_line(replace(line, last_start_at=now))
                return True
            except Changed:
                fresh = await self._catalog.line(line.id)
            if fresh is None:
                return False
            line = fresh
        return SERVES[line.state] is Starts.FORWARDED
