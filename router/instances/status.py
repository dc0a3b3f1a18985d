"""The status of one instance of any line."""

from typing import Any

from router.context import Context
from router.domain.errors import about
from router.domain.instance_id import check, owner_of
from router.domain.instance_status import ENDED
from router.domain.texts.json_text import value_of
from router.instances import refusals
from router.instances.owner import line_named_by, stores_of
from router.ports import StatusQuery
from router.starts.parked_status import ParkedStatus, parked_status


async def status(context: Context, instance_id: str, query: StatusQuery) -> dict[str, Any]:
    """Return the status of an instance or a parked start, in Durable's shape.

    It is read from its line's tracking store, so it outlives the app. Raises Refusal 404
    unknown-instance.
    """
    check(instance_id)
    with about(owner_of(instance_id)):
        parked = None
        found = await _stored(context, instance_id, query)
        if found is None or (owner_of(instance_id) is None and found["runtimeStatus"] in ENDED):
            # A start may be parked, including one that reuses the caller's id of an ended instance.
            parked = await parked_status(context, instance_id, show_input=query.show_input)
            if parked and found and not await _is_current(context, instance_id, parked):
                parked = None
            found = parked.status if parked else await _stored(context, instance_id, query)
        if found is None:
            raise refusals.unknown(instance_id)
        return found if parked is not None else found | {"input": as_sent(found["input"])}


async def _is_current(context: Context, instance_id: str, parked: ParkedStatus) -> bool:
    """Return False for a start, cancelled or about to be, whose id another line has now."""
    named = await line_named_by(context, instance_id)
    return named is None or named == parked.parked.requested.line


async def _stored(context: Context, instance_id: str, query: StatusQuery) -> dict[str, Any] | None:
    async for tracking in stores_of(context, instance_id):
        if (found := await tracking.status(instance_id, query)) is not None:
            return found
    return None


def as_sent(stored: Any) -> Any:
    """Return the value that an orchestrator's `get_input` returns for a stored input.

    The SDK parses an input that is text as JSON, so the router, like the SDK's own client, sends
    such a value encoded twice.
    """
    return value_of(stored, stored) if isinstance(stored, str) else stored
