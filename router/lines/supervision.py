"""Supervise the other lines: ensure that their operations, monitors and retentions run.

They are started when needed. A crash, or a monitor that ended at the wrong moment, can leave a line
without them.
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
    """Start what should be running for the other lines. Idempotent.

    Only the highest of the watched lines does so, for all of them.
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
