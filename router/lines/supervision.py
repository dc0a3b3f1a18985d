"""Supervise the lines: ensure that their operations, monitors, retentions and parked starts run.

They are started when needed. A crash, an orchestration that the platform let fail, or a monitor
that ended at the wrong moment can leave a line without them. The monitor of the highest watched
line sees to all others, and requests see to that monitor.
"""

from collections.abc import Sequence

from router import unexpected
from router.context import Context
from router.domain.line_states import LineState
from router.domain.model import Line
from router.lines import tick_rules
from router.operations.begin import MONITOR, ensure_monitored, resume
from router.retiring import retention
from router.starts.parked_start import PREFIX
from router.starts.parking import restart_failed
from router.starts.records import delete_old_records


async def supervise(context: Context, line: Line, lines: Sequence[Line]) -> None:
    """Start what should be running for the other lines, and parked starts. Idempotent.

    Only the highest of the watched lines does so, for all of them.
    """
    if line.id != tick_rules.highest(lines):
        return
    if context.limits.may_check(PREFIX):
        try:
            await restart_failed(context)
            await delete_old_records(context)
        except Exception as error:  # noqa: BLE001 - they must not keep it from the lines
            unexpected.log("supervising parked starts", error)
    for each in lines:
        if each.id != line.id:
            try:
                await _ensure_running(context, each)
            except Exception as error:  # noqa: BLE001 - one line must not keep it from the others
                unexpected.log(f"supervising line {each.id}", error)


async def ensure_supervised(context: Context) -> None:
    """Start the monitor of the highest watched line if it does not run. Cheap if done often.

    While no line is watched, only parked starts can have been lost.
    """
    if not context.limits.may_check(MONITOR):
        return
    highest = tick_rules.highest((await context.snapshots.get()).lines.values())
    if highest is None:
        await restart_failed(context)
        await delete_old_records(context)
    else:
        await ensure_monitored(context, highest)


async def _ensure_running(context: Context, line: Line) -> None:
    if line.operation is not None:
        await resume(context, line)
    elif line.state is LineState.RETIRED:
        await retention.ensure_retained(context, line)
    elif line.state is not LineState.REGISTERED:
        await ensure_monitored(context, line.id)
