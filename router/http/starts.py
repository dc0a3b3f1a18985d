"""The route of starts. Functions with names that begin with client_ require the client key."""

import azure.durable_functions as df
import azure.functions as func

from router.context import Context
from router.domain.version import requested_version
from router.http.endpoint import endpoint
from router.http.requests import json_text, own_url
from router.http.responses import answer_json, line_headers
from router.starts.service import StartRequest, accept

bp = df.Blueprint()


@endpoint(bp, "client_start", "orchestrators/{function}/{instanceId?}", "POST")
async def start(context: Context, req: func.HttpRequest) -> func.HttpResponse:
    """Start an instance on the requested line and return 202 once it cannot be lost."""
    request = StartRequest(
        requested_version(req.headers.get("X-App-Version"), req.params.get("version")),
        req.route_params["function"],
        req.route_params.get("instanceId") or None,
        json_text(req, context.settings.max_body_bytes),
    )
    accepted = await accept(context, request)
    links = context.links.of(own_url(req), accepted.instance_id)
    headers = line_headers(accepted.line, accepted.version)
    headers |= {"Location": links["statusQueryGetUri"], "Retry-After": "10"}
    return answer_json(links, 202, headers)
