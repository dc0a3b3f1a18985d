"""Supervise the other lines: see that what holds each one runs, and that it has a monitor.

A line gets all that when something is begun on it. What a crash, or the end of a monitor at the
wrong moment, has left without is found here.
"""

from collections.abc import Sequence

from router import unexpected
from router.context import Context
from router.domain.line_states import LineState
from router.domain.model import Line
from router.lines import retention
from router.operations.begin import ensure_monitored, resume

_UNWATCHED = (LineState.REGISTERED, LineState.RETIRED)


async def supervise(context: Context, line: Line, lines: Sequence[Line]) -> None:
    """Start what should be running for the other lines, if this one does so for all. Idempotent.

    That is the highest of the lines that are watched.
    """
    if line.id != max((each.id for each in lines if each.state not in _UNWATCHED), default=None):
        return
    for each in lines:
        if each.id != line.id:
            try:
                await _ensure_running(context, each)
            except Exception as error:  # noqa: BLE001 - one line must not keep it from the others
                unexpected.log(f"supervising line {each.id}", error)


async def _ensure_running(context: Context, line: Line) -> None:
    if line.operation is not None:
        await resume(context, line)
    elif line.state is LineState.RETIRED:
        await retention.ensure_retained(context, line)
    elif line.state is not LineState.REGISTERED:
        await ensure_monitored(context, line.id)
