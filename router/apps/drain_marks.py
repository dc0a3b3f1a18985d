"""Mark the row of a draining line before a start is forwarded to it.

The row's new etag undoes a retirement that was decided without knowing of this start. A mark that
is younger than half the margin covers the starts that follow as well.
"""

from dataclasses import replace
from datetime import timedelta

from router.domain.errors import Refusal, Unavailable
from router.domain.line_states import LineState
from router.domain.model import Line
from router.line_rows import update_line
from router.ports import Catalog, Clock


class DrainMarks:
    """Writes the marks, where `margin_seconds` is the safety margin of every wait."""

    def __init__(self, catalog: Catalog, margin_seconds: float, now: Clock) -> None:
        self._catalog = catalog
        self._recent = timedelta(seconds=margin_seconds / 2)
        self._now = now

    async def mark(self, line: Line) -> bool:
        """Mark the line and return whether it still takes starts. If not, the start must wait."""
        try:
            marked = await update_line(self._catalog, line, self._marked)
        except (Refusal, Unavailable):  # the row was lost with the catalog, or changes too often
            return False
        return marked.line.state.serves

    def _marked(self, line: Line) -> Line:
        now = self._now()
        if line.state is not LineState.DRAINING:
            return line
        if line.last_start_at is not None and now - line.last_start_at < self._recent:
            return line
        return replace(line, last_start_at=now)
