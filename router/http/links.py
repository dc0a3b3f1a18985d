"""The routes of the links that are handed out: open to the platform, their signature checked here.

A link is good for its one instance, until its time is over; it carries no key.
"""

import azure.functions as func

from router.bootstrap import services
from router.context import Services
from router.http.instances import instance_routes


def _opened(req: func.HttpRequest) -> Services:
    """The services, once the link's signature has proved good."""
    found = services()
    found.links.check(req.route_params["instanceId"], req.params)
    return found


# An app takes no level over from a blueprint, so it stands on each route.
bp = instance_routes("link", "links/instances", _opened, auth_level=func.AuthLevel.ANONYMOUS)
