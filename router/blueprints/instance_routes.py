"""What the routes of one instance answer, whether opened by a key or by a signed link.

Translates between HTTP and router.instances; both doors lead here.
"""

import json
from collections.abc import Mapping

import azure.functions as func

from router import instances
from router.adapters.orchestrations import Orchestrations
from router.answers import answer_json, line_headers, own_url
from router.body import check_size
from router.core.errors import Refusal
from router.core.instance_id import owner_of
from router.core.instance_status import UNFINISHED
from router.ports import StatusQuery
from router.wiring import Services

_POLL_SECONDS = "5"
CHANGES = ("terminate", "suspend", "resume", "rewind", "restart")


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
    headers = line_headers(owner_of(instance_id))
    if found["runtimeStatus"] not in UNFINISHED:
        return answer_json(found, 200, headers)
    links = services.links.of(
        own_url(req), instance_id
    )  # never the caller's URL: it may hold a key
    headers |= {"Location": links["statusQueryGetUri"], "Retry-After": _POLL_SECONDS}
    return answer_json(found, 202, headers)


async def answer_change(
    services: Services,
    req: func.HttpRequest,
    orchestrations: Orchestrations,
    tail: str,
) -> func.HttpResponse:
    """What the owning app answers; the URLs of a restarted instance become the router's own."""
    instance_id = req.route_params["instanceId"]
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


def tail_of(req: func.HttpRequest) -> str:
    """What stands behind the id in Durable's API, or Refusal 404 for what it has not."""
    operation = req.route_params["operation"].lower()
    if operation not in CHANGES:
        detail = f"There is no {operation!r} for an instance. There are: {', '.join(CHANGES)}."
        raise Refusal(404, "unknown-route", detail)
    return f"/{operation}"


def _flag(params: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    return params.get(name, str(default)).lower() == "true"
