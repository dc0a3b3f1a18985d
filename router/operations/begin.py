"""Begin operations on lines and ensure that each one runs.

The compare-and-set on the line's row decides which caller begins. Everything after that can be
repeated by any caller that reads the row.
"""

from typing import Final

from semver import Version

from router.context import Context
from router.domain.errors import Exists
from router.domain.model import Line, LineEvent, Operation, OperationKind
from router.domain.version import LineId
from router.line_rows import get_line, update_line
from router.operations import rules

RUN: Final = "run_operation"
MONITOR: Final = "monitor_line"


def monitor_id(line: LineId) -> str:
    """Return the id of the eternal orchestration that monitors the line."""
    return f"monitor-{line.dashed}"


async def begin(
    context: Context, line_id: LineId, kind: OperationKind, release: Version | None = None
) -> Operation:
    """Put an operation in charge of the line and start it.

    Raises Refusal 409 `operation-running` or `wrong-state` when the line is not free for it.
    """
    begun: list[Operation] = []

    def hold(found: Line) -> Line:
        held, operation = rules.begin(found, kind, release, context.now())
        begun.append(operation)
        return held

    held = await update_line(context.catalog, await get_line(context.catalog, line_id), hold)
    await _ensure_running(context, held.line, begun[-1])
    return begun[-1]


async def resume(context: Context, line: Line) -> None:
    """Start the operation that holds the line again, in case a crash interrupted its beginning."""
    if line.operation is not None:
        operation = await context.catalog.operation(line.operation)
        await _ensure_running(context, line, operation or rules.held_by(line))


async def ensure_monitored(context: Context, line_id: LineId) -> None:
    """Start the line's monitor unless it is running."""
    value = {"line": str(line_id)}
    await context.orchestrations.start(MONITOR, monitor_id(line_id), value)


async def _ensure_running(context: Context, line: Line, operation: Operation) -> None:
    """Ensure that the operation has its row and its orchestration, and its line a monitor."""
    is_retry = line.failures is not None and line.failures.kind == operation.kind
    try:
        await context.catalog.add_operation(operation)
    except Exists:
        is_new = False
    else:
        is_new = True
    if is_new and not is_retry:  # the events have the failure
        event = LineEvent(operation.begun_at, f"{operation.kind} began ({operation.id})")
        await context.catalog.add_event(operation.line, event)
    await context.orchestrations.start(RUN, operation.id, {"operation": operation.id})
    await ensure_monitored(context, operation.line)
