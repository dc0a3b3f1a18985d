"""The routes of the signed links that are handed out.

The platform opens them to everyone and the signature is checked here. A link is valid for its one
instance until it expires, and carries no key.
"""

import azure.functions as func

from router.context import Context
from router.http.instances import instance_routes


def _check(context: Context, req: func.HttpRequest) -> None:
    context.links.check(req.route_params["instanceId"], req.params)


# An app takes no auth level over from a blueprint, so it stands on each route.
bp = instance_routes("link", "links/instances", _check, auth_level=func.AuthLevel.ANONYMOUS)
