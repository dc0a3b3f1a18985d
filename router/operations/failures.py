"""Count the instances that failed while an operation replaced the release of their line.

Azure lets those fail whose turn or activity falls into the restart, unless they retry.
"""

import asyncio
from dataclasses import replace

from router.context import Context
from router.domain.errors import Unreadable
from router.domain.model import Line, Operation, Progress
from router.operations import progress_rules

_SECONDS = 20.0  # for a count, which may have to search a large table


async def counted(context: Context, operation: Operation, line: Line) -> Operation:
    """Return the operation with its count, once it has ended and if it replaced a release."""
    times = progress_rules.replacement(operation)
    if times is None or operation.state is Progress.RUNNING:
        return operation
    try:
        async with asyncio.timeout(_SECONDS):
            count = await context.stores.hub(line).failed(line.task_hub, *times)
    except (Unreadable, TimeoutError):
        return operation
    return replace(operation, failed_instances=count)


def described(operation: Operation) -> str:
    """Return the end of the operation for its line's events."""
    count = operation.failed_instances
    noun = "instance" if count == 1 else "instances"
    losses = f" ({count} {noun} failed during it)" if count else ""
    error = f": {operation.error}" if operation.error else ""
    return f"{operation.id} {operation.state}{losses}{error}"
