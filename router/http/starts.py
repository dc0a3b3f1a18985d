"""Clients' routes: starts, and what is done with one instance. The platform asks for their key.

A function whose name begins with client_ opens with the key named client.
"""

import azure.durable_functions as df
import azure.functions as func

from router.azure.orchestrations import HubOrchestrations
from router.bootstrap import services
from router.domain.version import asked
from router.http.instances import instance_routes
from router.http.requests import json_text
from router.http.responses import answer_json, answering, line_headers, own_url
from router.starts import service as starts

bp = instance_routes("client", "instances", lambda _: services())


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
    taken = await starts.take(services(), wanted, HubOrchestrations(client))
    links = services().links.of(own_url(req), taken.instance_id)
    headers = line_headers(taken.line, taken.version)
    headers |= {"Location": links["statusQueryGetUri"], "Retry-After": "10"}
    return answer_json(links, 202, headers)
