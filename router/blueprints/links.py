"""The routes of the links that are handed out: open to the platform, their signature checked here.

A link is good for its one instance, until its time is over; it carries no key.
"""

import azure.durable_functions as df
import azure.functions as func

from router.adapters.orchestrations import Orchestrations
from router.answers import answering
from router.blueprints.instance_routes import answer_change, answer_status, tail_of
from router.wiring import Services, services

bp = df.Blueprint()
_OPEN = func.AuthLevel.ANONYMOUS  # per route: an app takes no level over from a blueprint


def _opened(req: func.HttpRequest) -> Services:
    """The services, once the link's signature has proved good."""
    found = services()
    found.links.check(req.route_params["instanceId"], req.params)
    return found


@bp.function_name("link_status")
@bp.route("links/instances/{instanceId}", methods=["GET"], auth_level=_OPEN)
@bp.durable_client_input(client_name="client")
@answering
async def status(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return await answer_status(_opened(req), req, Orchestrations(client))


@bp.function_name("link_purge")
@bp.route("links/instances/{instanceId}", methods=["DELETE"], auth_level=_OPEN)
@bp.durable_client_input(client_name="client")
@answering
async def purge(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return await answer_change(_opened(req), req, Orchestrations(client), "")


@bp.function_name("link_raise_event")
@bp.route("links/instances/{instanceId}/raiseEvent/{eventName}", methods=["POST"], auth_level=_OPEN)
@bp.durable_client_input(client_name="client")
@answering
async def raise_event(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    tail = f"/raiseEvent/{req.route_params['eventName']}"
    return await answer_change(_opened(req), req, Orchestrations(client), tail)


@bp.function_name("link_change")
@bp.route("links/instances/{instanceId}/{operation}", methods=["POST"], auth_level=_OPEN)
@bp.durable_client_input(client_name="client")
@answering
async def change(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return await answer_change(_opened(req), req, Orchestrations(client), tail_of(req))
