"""Sees that every line is looked after: what holds it runs, and somebody watches it.

A line is given all that when something is begun on it; what a crash, or the end of a monitor at
the wrong moment, has left without is found here. Knows nothing of what is done to a line.
"""

from collections.abc import Sequence

from router import unexpected
from router.context import Services
from router.domain.line_states import LineState
from router.domain.model import Line
from router.lines import retention
from router.ports import Orchestrations

_UNWATCHED = (LineState.REGISTERED, LineState.RETIRED)


async def tend(services: Services, line: Line, lines: Sequence[Line], run: Orchestrations) -> None:
    """Start what should be at work for the other lines, if this is the one that does so for all:
    the highest of those that are watched. Doing it again does nothing."""
    if line.id != max((each.id for each in lines if each.state not in _UNWATCHED), default=None):
        return
    for each in lines:
        if each.id != line.id:
            try:
                await _see_to(services, each, run)
            except Exception as defect:  # noqa: BLE001 - one line must not keep it from the others
                unexpected.log(f"line {each.id} could not be looked after", defect)


async def _see_to(services: Services, line: Line, run: Orchestrations) -> None:
    if line.operation is not None:
        await services.operations.resume(line, run)
    elif line.state is LineState.RETIRED:
        await retention.begin(line, run)
    elif line.state is not LineState.REGISTERED:
        await services.operations.see_watched(line.id, run)
