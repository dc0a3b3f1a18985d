"""Mark the row of a draining line before a start is forwarded to it.

The row's new etag undoes a retirement that was decided without knowing of this start. A mark that
is younger than half the margin covers the starts that follow as well, and one write serves all
starts that wait for it: however many there are, they do not contend for the row.
"""

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

from router.domain.errors import Refusal, Unavailable
from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.version import LineId
from router.line_rows import update_line
from router.ports import Catalog, Clock

_PATIENCE = 5.0  # seconds to wait for a slow catalog


class DrainMarks:
    """Writes the marks, where `margin_seconds` is the safety margin of every wait."""

    def __init__(
        self, catalog: Catalog, margin_seconds: float, now: Clock, patience: float = _PATIENCE
    ) -> None:
        self._catalog = catalog
        self._recent = timedelta(seconds=margin_seconds / 2)
        self._now = now
        self._patience = patience
        self._marked: dict[LineId, Line] = {}  # draining rows as they were written or read last
        self._writing: dict[LineId, asyncio.Task[Line]] = {}

    async def mark(self, line: Line) -> bool:
        """Mark the line and return whether it still takes starts. If not, the start must wait."""
        try:
            async with asyncio.timeout(self._patience):
                return await self._mark(line)
        except (Refusal, Unavailable, TimeoutError):
            return False  # the row was lost with the catalog, or it changes too often

    async def _mark(self, line: Line) -> bool:
        if self._is_recent(self._newest(line)):
            return True
        under_way = self._writing.get(line.id)
        while True:
            writing = self._writing.get(line.id) or self._begin(line)
            marked = await asyncio.shield(writing)
            if not marked.state.serves:
                return False
            # What was sent before this start came is only as good as any earlier mark.
            if writing is not under_way or self._is_recent(marked):
                return True

    def _newest(self, line: Line) -> Line:
        """Return the row as it is known best: as the caller or as this process saw it."""
        marked = self._marked.get(line.id)
        return marked if marked is not None and marked.since >= line.since else line

    def _is_recent(self, line: Line) -> bool:
        at = line.last_start_at
        draining = line.state is LineState.DRAINING
        return draining and at is not None and self._now() - at < self._recent

    def _begin(self, line: Line) -> "asyncio.Task[Line]":
        writing = asyncio.create_task(self._write(self._newest(line)))
        self._writing[line.id] = writing
        writing.add_done_callback(lambda done: self._finish(line.id, done))
        return writing

    async def _write(self, line: Line) -> Line:
        return (await update_line(self._catalog, line, self._with_mark)).line

    def _finish(self, line_id: LineId, done: "asyncio.Task[Line]") -> None:
        self._writing.pop(line_id, None)
        with contextlib.suppress(asyncio.CancelledError):
            if done.exception() is None and done.result().state is LineState.DRAINING:
                self._marked[line_id] = done.result()

    def _with_mark(self, line: Line) -> Line:
        if line.state is not LineState.DRAINING or self._is_recent(line):
            return line
        return replace(line, last_start_at=self._now())
