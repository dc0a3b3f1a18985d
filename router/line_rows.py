"""Read and change a line's row in the catalog, with the retry that compare-and-set needs."""

from collections.abc import Callable
from dataclasses import dataclass

from router.domain.errors import Changed, Refusal, Unavailable
from router.domain.model import Line
from router.domain.stored_text import require_known
from router.domain.version import LineId
from router.ports import Catalog

_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Updated:
    """A row as stored, and whether this call wrote it."""

    line: Line
    written: bool


async def get_line(catalog: Catalog, line_id: LineId) -> Line:
    """Return the line's row, or raise Refusal 404 unknown-line."""
    line = await catalog.line(line_id)
    if line is None:
        raise Refusal(404, "unknown-line", f"There is no line {line_id}. See GET /api/lines.")
    return line


async def update_line(catalog: Catalog, line: Line, change: Callable[[Line], Line]) -> Updated:
    """Write what `change` makes of the row and return it as stored.

    When another writer changed the row first, the row is read again and `change` is applied to
    that. Nothing is written when `change` returns the row as it is.

    Raises:
        Unavailable: 503 line-busy, when every attempt lost the race; newer-router.
        Refusal: whatever `change` raises, or 404 unknown-line when the row is gone.
    """
    for _ in range(_ATTEMPTS):
        require_known(f"Line {line.id}", line)
        changed = change(line)
        if changed == line:
            return Updated(line, written=False)
        try:
            return Updated(await catalog.replace_line(changed), written=True)
        except Changed:
            line = await get_line(catalog, line.id)
    detail = f"Line {line.id} is being changed by too many requests. Retry shortly."
    raise Unavailable("line-busy", detail)
