"""Decide on which line the functions run that something else than a caller starts.

A timer of an old line would start work forever, so that the line never drains, and two lines that
read one queue would each take a part of its messages. So they belong to one line.
"""

from collections.abc import Iterable
from enum import StrEnum

from router.domain.line_states import LineState
from router.domain.model import Line

_SERVING = (LineState.ACTIVE, LineState.PROVISIONING)


class BackgroundTriggers(StrEnum):
    """The lines on which such functions run."""

    NEWEST = "newest"
    ALL = "all"


def functions_to_disable(
    line: Line, lines: Iterable[Line], wanted: BackgroundTriggers
) -> tuple[str, ...]:
    """Return the names of the line's functions that must not run on its app.

    They run on the highest active line. One that is being provisioned is judged as if it were
    active, since it is about to be. A draining line's do not run even if no other line is active.
    Below a line whose state this router does not know, nothing changes.
    """
    if wanted is BackgroundTriggers.ALL:
        return ()
    known = list(lines)
    if any(each.id > line.id and not each.state.is_known for each in known):
        return line.disabled
    active = [each.id for each in known if each.state is LineState.ACTIVE]
    is_highest = line.state in _SERVING and all(line.id >= each for each in active)
    return () if is_highest else line.background
