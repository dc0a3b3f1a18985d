"""The routes of one instance, and what they answer: the same behind a key as behind a signed link.

Translates between HTTP and router.instances. What lets a request in is told by whoever asks for
the routes.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from router.azure.orchestrations import HubOrchestrations
from router.azure.storage.status_view import UNFINISHED
from router.context import Services
from router.domain.errors import Refusal
from router.http.requests import check_size
from router.http.responses import answer_json, answering, line_headers, own_url
from router.instances import service as instances
from router.links.signing import EVENT_NAME
from router.ports import Orchestrations, StatusQuery

_POLL_SECONDS = "5"
CHANGES = ("terminate", "suspend", "resume", "rewind", "restart")

Opened = Callable[[func.HttpRequest], Services]
"""The services, for a request that may come in; raises RouterError for any other."""
_Answer = Callable[[Services, func.HttpRequest, Orchestrations], Awaitable[func.HttpResponse]]


def instance_routes(name: str, below: str, opened: Opened, **options: Any) -> df.Blueprint:
    """The functions that serve one instance; their names begin with `name`, their routes with
    `below`. `options` go to each route."""
    bp = df.Blueprint()

    def add(what: str, method: str, tail: str, answer: _Answer) -> None:
        @bp.function_name(f"{name}_{what}")
        @bp.route(f"{below}/{{instanceId}}{tail}", methods=[method], **options)
        @bp.durable_client_input(client_name="client")
        @answering
        async def serve(
            req: func.HttpRequest, client: df.DurableOrchestrationClient
        ) -> func.HttpResponse:
            return await answer(opened(req), req, HubOrchestrations(client))

    add("status", "GET", "", answer_status)
    add("purge", "DELETE", "", answer_change)
    add("raise_event", "POST", "/raiseEvent/{eventName}", answer_change)
    add("change", "POST", "/{operation}", answer_change)
    return bp


async def answer_status(
    services: Services, req: func.HttpRequest, orchestrations: Orchestrations
) -> func.HttpResponse:
    """202 while unfinished, 200 once finished."""
    instance_id = req.route_params["instanceId"]
    query = StatusQuery(
        show_input=_flag(req.params, "showInput", default=True),
        show_history=_flag(req.params, "showHistory"),
        show_history_output=_flag(req.params, "showHistoryOutput"),
    )
    found = await instances.status(services, instance_id, query, orchestrations)
    headers = line_headers(await instances.told_line(services, instance_id))
    if found["runtimeStatus"] not in UNFINISHED:
        return answer_json(found, 200, headers)
    links = services.links.of(
        own_url(req), instance_id
    )  # never the caller's URL: it may hold a key
    headers |= {"Location": links["statusQueryGetUri"], "Retry-After": _POLL_SECONDS}
    return answer_json(found, 202, headers)


async def answer_change(
    services: Services, req: func.HttpRequest, orchestrations: Orchestrations
) -> func.HttpResponse:
    """What the owning app answers; the URLs of a restarted instance become the router's own."""
    instance_id, tail = req.route_params["instanceId"], _tail(req.route_params)
    body = req.get_body()
    limit = services.settings.max_body_bytes
    check_size(body, limit, "body-too-large", "Send less, or a reference to it.")
    allowed = ("reason", "restartWithNewInstanceId")
    query = {name: req.params[name] for name in allowed if name in req.params}
    wanted = instances.Change(str(req.method), tail, query, body)
    answer, line = await instances.change(services, instance_id, wanted, orchestrations)
    headers = line_headers(line)
    if tail == "/restart":
        links = services.links.of(own_url(req), json.loads(answer.body)["id"])
        return answer_json(links, 202, headers | {"Location": links["statusQueryGetUri"]})
    if not answer.body:
        return func.HttpResponse(status_code=answer.status, headers=headers)
    return answer_json(json.loads(answer.body), answer.status, headers)


def _tail(params: Mapping[str, str]) -> str:
    """What stands behind the id in Durable's API; Refusal 404 for what it has not, 400 for an
    event without a name."""
    if params.get("eventName") == EVENT_NAME:
        detail = f"The URL still has {EVENT_NAME}. Put the event's name there."
        raise Refusal(400, "bad-event-name", detail)
    if "eventName" in params:
        return f"/raiseEvent/{params['eventName']}"
    operation = params.get("operation", "").lower()
    if operation and operation not in CHANGES:
        detail = f"There is no {operation!r} for an instance. There are: {', '.join(CHANGES)}."
        raise Refusal(404, "unknown-route", detail)
    return f"/{operation}" if operation else ""


def _flag(params: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    return params.get(name, str(default)).lower() == "true"
