"""Find the line that owns an instance id, and the store that its instance is in.

An id that the router made names its line, and one that a caller chose has a claim that does.
Any other was chosen by an app for an instance that it started itself, and is looked for everywhere.
"""

import contextlib
from collections.abc import AsyncIterator

from router.context import Context
from router.domain.errors import TRANSIENT_ERRORS
from router.domain.instance_id import owner_of
from router.domain.model import Line, Owner
from router.domain.version import LineId
from router.ports import Tracking


async def line_of(context: Context, instance_id: str) -> Line | None:
    """Return the line that owns an id by the id itself, its claim, or its row's task hub."""
    snapshot = await context.snapshots.get()
    line_id = await line_named_by(context, instance_id)
    if line_id is not None:
        return snapshot.lines.get(line_id)
    lines = snapshot.lines.values()
    found = await context.stores.find(lines, instance_id)
    return next((each for each in lines if found and each.task_hub == found.owner.task_hub), None)


async def line_id_of(context: Context, instance_id: str) -> LineId | None:
    """Return the id of that line for a header, or None also if the catalog is unavailable."""
    with contextlib.suppress(*TRANSIENT_ERRORS):
        line = None if owner_of(instance_id) else await line_of(context, instance_id)
        return line.id if line else owner_of(instance_id)
    return None


async def stores_of(context: Context, instance_id: str) -> AsyncIterator[Tracking]:
    """Yield the stores to read an instance from, until it is found in one.

    Until the start that an id was claimed for has arrived, it names the instance before.
    """
    line = await _known_line(context, await line_named_by(context, instance_id))
    if line is not None:
        yield context.stores.tracking(line)
    if line is None or owner_of(instance_id) is None:
        snapshot = await context.snapshots.last_known()
        if found := await context.stores.find(snapshot.lines.values(), instance_id):
            yield found.tracking


async def current_owner(context: Context, instance_id: str) -> Owner | None:
    """Return the task hub and the status of the instance that an id names now, or None."""
    async for tracking in stores_of(context, instance_id):
        if (owner := await tracking.owner(instance_id)) is not None:
            return owner
    return None


async def line_named_by(context: Context, instance_id: str) -> LineId | None:
    """Return the line that an id or its claim names, or None."""
    line_id = owner_of(instance_id)
    if line_id is None and (claim := await context.catalog.claim(instance_id)) is not None:
        line_id = claim.line
    return line_id


async def _known_line(context: Context, line_id: LineId | None) -> Line | None:
    """Return a line, which another process of the router may just have registered."""
    if line_id is None:
        return None
    line = (await context.snapshots.last_known()).lines.get(line_id)
    return line or (await context.snapshots.refresh_after_refusal()).lines.get(line_id)
