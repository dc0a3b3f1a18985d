"""Operators' orders to a line: drain, undrain, retire, revive. The platform asks for their key."""

import azure.durable_functions as df
import azure.functions as func

from router.azure.orchestrations import HubOrchestrations
from router.bootstrap import services
from router.domain.errors import Refusal, about
from router.domain.version import LineId, parse_line
from router.http import views
from router.http.responses import answer_json, answering, line_headers, own_url
from router.lines import actions
from router.ports import Orchestrations

bp = df.Blueprint()
ORDERS = ("drain", "undrain", "retire", "revive")


@bp.function_name("ops_order")
@bp.route("lines/{line}/{order}", methods=["POST"])
@bp.durable_client_input(client_name="client")
@answering
async def order(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """202 with the line; Location is the operation where one begins, else the line."""
    line_id = parse_line(req.route_params["line"])
    with about(line_id):
        taken = await _taken(req, line_id, HubOrchestrations(client))
    place = f"operations/{taken.operation}" if taken.operation else f"lines/{line_id}"
    headers = line_headers(line_id, taken.line.release)
    headers |= {"Location": f"{own_url(req)}/{place}", "Retry-After": "2"}
    events = await services().catalog.events(line_id)
    return answer_json(views.line(taken.line, events), 202, headers)


async def _taken(req: func.HttpRequest, line_id: LineId, run: Orchestrations) -> actions.Taken:
    match req.route_params["order"].lower():
        case "drain":
            return await actions.drain(services(), line_id, run, closed=_closed(req))
        case "undrain":
            return await actions.undrain(services(), line_id, run)
        case "retire":
            return await actions.retire(services(), line_id, run)
        case "revive":
            return await actions.revive(services(), line_id, run)
        case unknown:
            detail = f"There is no {unknown!r} for a line. There are: {', '.join(ORDERS)}."
            raise Refusal(404, "unknown-route", detail)


def _closed(req: func.HttpRequest) -> bool | None:
    text = str(req.params.get("closed", "")).lower()
    if text not in ("true", "false", ""):
        raise Refusal(400, "bad-closed", f"closed={text!r} is neither true nor false.")
    return text == "true" if text else None
