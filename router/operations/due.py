"""Check once more that a step is due, just before it does what cannot be taken back.

A call may be delivered twice, and one that was held up continues while the other is done, and later
operations hold the line.
"""

from router.domain.errors import Changed
from router.line_rows import get_line
from router.operations import progress_rules
from router.operations.step import Work


async def require_due(work: Work, step: str) -> None:
    """Raise Changed if the step was done since, or its operation holds the line no more."""
    operation = await work.context.catalog.operation(work.operation.id)
    line = await get_line(work.context.catalog, work.line.id)
    if operation is None or progress_rules.is_done(operation, step):
        raise Changed(f"{step} of {work.operation.id} was done by another call")
    if not progress_rules.is_due(operation, step, line):
        raise Changed(f"{step} of {work.operation.id} came too late")
