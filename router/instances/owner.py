"""Find the line that owns an instance id."""

import contextlib

from router.context import Context
from router.domain.errors import TRANSIENT_ERRORS
from router.domain.instance_id import owner_of
from router.domain.model import Line
from router.domain.version import LineId


async def line_of(context: Context, instance_id: str) -> Line | None:
    """Return the line that owns an id by the id itself, its claim, or its row's task hub."""
    snapshot = await context.snapshots.get()
    line_id = owner_of(instance_id)
    if line_id is None and (claim := await context.catalog.claim(instance_id)) is not None:
        line_id = claim.line
    if line_id is not None:
        return snapshot.lines.get(line_id)
    owner = await context.tracking.owner(instance_id)
    lines = snapshot.lines.values()
    return next((each for each in lines if owner and each.task_hub == owner.task_hub), None)


async def line_id_of(context: Context, instance_id: str) -> LineId | None:
    """Return the id of that line for a header, or None also if the catalog is unavailable."""
    with contextlib.suppress(*TRANSIENT_ERRORS):
        line = None if owner_of(instance_id) else await line_of(context, instance_id)
        return line.id if line else owner_of(instance_id)
    return None
