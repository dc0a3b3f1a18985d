"""Clients' routes: starts, and what is done with one instance. The platform asks for their key.

A function whose name begins with client_ opens with the key named client.
"""

import azure.durable_functions as df
import azure.functions as func

from router import starts
from router.adapters.orchestrations import Orchestrations
from router.answers import answer_json, answering, line_headers, own_url
from router.blueprints.instance_routes import answer_change, answer_status, tail_of
from router.body import json_text
from router.core.version import asked
from router.wiring import services

bp = df.Blueprint()


@bp.function_name("client_start")
@bp.route("orchestrators/{function}/{instanceId?}", methods=["POST"])
@bp.durable_client_input(client_name="client")
@answering
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Start an instance on the line that the request names; 202 once it can't be lost."""
    wanted = starts.Wanted(
        asked(req.headers.get("X-App-Version"), req.params.get("version")),
        req.route_params["function"],
        req.route_params.get("instanceId") or None,
        json_text(req.get_body(), services().settings.max_body_bytes),
    )
    taken = await starts.take(services(), wanted, Orchestrations(client))
    links = services().links.of(own_url(req), taken.instance_id)
    headers = line_headers(taken.line, taken.version)
    headers |= {"Location": links["statusQueryGetUri"], "Retry-After": "10"}
    return answer_json(links, 202, headers)


@bp.function_name("client_status")
@bp.route("instances/{instanceId}", methods=["GET"])
@bp.durable_client_input(client_name="client")
@answering
async def status(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return await answer_status(services(), req, Orchestrations(client))


@bp.function_name("client_purge")
@bp.route("instances/{instanceId}", methods=["DELETE"])
@bp.durable_client_input(client_name="client")
@answering
async def purge(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return await answer_change(services(), req, Orchestrations(client), "")


@bp.function_name("client_raise_event")
@bp.route("instances/{instanceId}/raiseEvent/{eventName}", methods=["POST"])
@bp.durable_client_input(client_name="client")
@answering
async def raise_event(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    tail = f"/raiseEvent/{req.route_params['eventName']}"
    return await answer_change(services(), req, Orchestrations(client), tail)


@bp.function_name("client_change")
@bp.route("instances/{instanceId}/{operation}", methods=["POST"])
@bp.durable_client_input(client_name="client")
@answering
async def change(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    return await answer_change(services(), req, Orchestrations(client), tail_of(req))
