"""The routes of the signed links.

They need no key, and the signature is checked here. A link is valid for one class of requests for
one instance until it expires.
"""

from datetime import datetime

import azure.functions as func

from router.context import Context
from router.domain.errors import Refusal
from router.http.instances import instance_routes
from router.http.requests import parameters
from router.links.signing import Access

_OF_OTHER_IDS = "restartwithoptions"


def check(context: Context, req: func.HttpRequest, access: Access) -> datetime:
    """Return when the request's link expires.

    Raises Refusal unless its signature is valid and it concerns its own instance only.
    """
    expires_at = context.links.check(req.route_params["instanceId"], access, parameters(req))
    if req.route_params.get("operation", "").lower() == _OF_OTHER_IDS:
        detail = (
            "A link gives access to its own instance, and this starts another one under any id. "
            "Send it with a key to /api/instances/{id}/restartWithOptions."
        )
        raise Refusal(404, "unknown-route", detail)
    return expires_at


# An app does not inherit the auth level of a blueprint, so each route sets it.
bp = instance_routes("link", "links/instances", check, auth_level=func.AuthLevel.ANONYMOUS)
