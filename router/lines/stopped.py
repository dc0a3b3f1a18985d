"""An app that was stopped in Azure, which the router reports and does not start.

Whoever stops an app of a line that works has a reason, such as an incident or its cost, and would
have it started again by every tick of a monitor. So its line says that it is stopped, and what
needs the app waits for it. Only an operation that brings a line up starts its app.
"""

from router.context import Context
from router.domain import line_transitions
from router.domain.model import Line, OperationKind
from router.line_events import record_once
from router.line_rows import update_line
from router.operations.step import Pending, Work
from router.ports import AppInfo

_BRINGS_UP = (OperationKind.PROVISION, OperationKind.REPAIR)


def advice(function_app: str) -> str:
    """Return what an operator should know of a stopped app."""
    return f"function app {function_app} is Stopped in Azure: start it there"


async def note(context: Context, line: Line, app: AppInfo) -> None:
    """Record in the line's row whether its app is stopped, and an event if it is."""

    def noted(found: Line) -> Line:
        return line_transitions.app_seen(found, context.now(), stopped=app.is_stopped)

    if noted(line) != line:
        await update_line(context.catalog, line, noted)
    if app.is_stopped:
        await record_once(context.catalog, context.now, line.id, advice(line.function_app))


async def wait_for(work: Work) -> Pending | None:
    """Return that a stopped app is waited for, without a time limit, or None if it is not stopped.

    An operation that brings a line up has it started.
    """
    context, line = work.context, work.line
    app = await context.platform.app(line.function_app)
    if app is None or not app.is_stopped:
        return None
    if work.operation.kind in _BRINGS_UP:
        await context.platform.start_app(line.function_app, line.id)
        return Pending(f"Azure is starting function app {line.function_app}")
    pause = context.settings.monitor_seconds
    return Pending(advice(line.function_app), pause, advanced=True)
