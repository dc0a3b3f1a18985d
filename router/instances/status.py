"""The status of one instance of any line."""

from typing import Any

from router.context import Context
from router.domain.errors import about
from router.domain.instance_id import check, owner_of
from router.domain.instance_status import ENDED
from router.instances import refusals
from router.ports import StatusQuery
from router.starts.parked_status import parked_status


async def status(context: Context, instance_id: str, query: StatusQuery) -> dict[str, Any]:
    """Return the instance in Durable's shape, parked starts included.

    It is read where it is stored, so it outlives its app. Raises Refusal 404 unknown-instance.
    """
    check(instance_id)
    with about(owner_of(instance_id)):
        found = await context.tracking.status(instance_id, query)
        if found is None or (owner_of(instance_id) is None and found["runtimeStatus"] in ENDED):
            # It has not arrived yet, or not yet again under an id that the caller chose.
            parked = await parked_status(context, instance_id, show_input=query.show_input)
            found = parked.status if parked else await context.tracking.status(instance_id, query)
        if found is None:
            raise refusals.unknown(instance_id)
        return found
