"""Try again what has failed, later each time.

The facts are in the line's row, so that they outlast the router's processes.
"""

from datetime import timedelta

from router.context import Context
from router.domain import failures
from router.domain.model import Line, Operation, OperationKind
from router.operations.begin import begin


async def retry(context: Context, line: Line, kind: OperationKind) -> Operation | None:
    """Begin an operation of this kind, or return None while it is too early after it failed.

    Raises Refusal as `begin` does.
    """
    interval = timedelta(seconds=context.settings.monitor_seconds)
    if not failures.may_retry(line.failures, kind, interval, context.now()):
        return None
    return await begin(context, line.id, kind)
