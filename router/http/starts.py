"""The route of starts. Functions with names that begin with client_ require the client key."""

import azure.durable_functions as df
import azure.functions as func

from router.context import Context
from router.domain.texts.trace import trace_of
from router.domain.version import requested_version
from router.http.endpoint import endpoint
from router.http.requests import json_text, own_url, parameters
from router.http.responses import answer_json, line_headers
from router.starts.service import AcceptedStart, StartRequest, accept

bp = df.Blueprint()


@endpoint(bp, "client_start", "orchestrators/{function}/{instanceId?}", "POST")
async def start(context: Context, req: func.HttpRequest) -> func.HttpResponse:
    """Start an instance on the requested line and return 202 once it cannot be lost."""
    query = parameters(req)
    request = StartRequest(
        requested_version(req.headers.get("X-App-Version"), query.get("version")),
        req.route_params["function"],
        req.route_params.get("instanceId") or None,
        json_text(req, context.settings.max_body_bytes),
        trace_of(req.headers),
    )
    accepted = await accept(context, request)
    return started(context, req, accepted)


def started(context: Context, req: func.HttpRequest, accepted: AcceptedStart) -> func.HttpResponse:
    """Return the answer to a start that was accepted: the URLs of its instance."""
    links = context.links.of(own_url(context.settings, req), accepted.instance_id)
    headers = line_headers(accepted.line, accepted.version)
    headers |= {"Location": links["statusQueryGetUri"], "Retry-After": "10"}
    return answer_json(links, 202, headers)
