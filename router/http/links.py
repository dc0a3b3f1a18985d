"""The routes of the signed links.

They need no key, and the signature is checked here. A link is valid for one instance until it
expires.
"""

import azure.functions as func

from router.context import Context
from router.http.instances import instance_routes
from router.http.requests import parameters


def _check(context: Context, req: func.HttpRequest) -> None:
    context.links.check(req.route_params["instanceId"], parameters(req))


# An app does not inherit the auth level of a blueprint, so each route sets it.
bp = instance_routes("link", "links/instances", _check, auth_level=func.AuthLevel.ANONYMOUS)
