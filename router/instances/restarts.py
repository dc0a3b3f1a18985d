"""Start the function of an existing instance again, under an id that the caller chooses."""

import json

from router.context import Context
from router.domain.errors import Refusal, about
from router.domain.instance_id import check
from router.domain.texts.json_text import checked_json
from router.domain.texts.trace import NO_TRACE, Trace
from router.domain.version import RequestedVersion
from router.instances import refusals
from router.instances.owner import line_of
from router.instances.status import status
from router.ports import StatusQuery
from router.starts.service import AcceptedStart, StartRequest, accept


async def start_again(
    context: Context, instance_id: str, new_id: str, trace: Trace = NO_TRACE
) -> AcceptedStart:
    """Start the instance's function with its input under `new_id` on the instance's line.

    It is a start like any other: the id is claimed, and the start is parked while its line is not
    up. An app's own `restartWithOptions` would go past the claim. Raises RouterError.
    """
    if not new_id:
        detail = "Name the id of the new instance in ?newInstanceId=."
        raise Refusal(400, "bad-instance-id", detail)
    check(new_id)
    found = await status(context, instance_id, StatusQuery())
    line = await line_of(context, instance_id)
    if line is None:
        raise refusals.unknown(instance_id)
    with about(line.id):
        value = "" if found["input"] is None else checked_json(json.dumps(found["input"]))
        wanted = StartRequest(RequestedVersion(line.id), found["name"], new_id, value, trace)
        return await accept(context, wanted)
