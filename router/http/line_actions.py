"""The route of the line actions, such as drain and retire. It requires the ops key."""

import azure.durable_functions as df
import azure.functions as func

from router.context import Context
from router.domain.errors import Refusal, about
from router.domain.texts.reasons import checked_reason
from router.domain.version import LineId, parse_line
from router.http import views
from router.http.endpoint import endpoint
from router.http.requests import own_url, parameters
from router.http.responses import answer_json, line_headers
from router.lines import actions

bp = df.Blueprint()
ACTIONS = ("drain", "undrain", "retire", "revive", "refresh")


@endpoint(bp, "ops_line_action", "lines/{line}/{verb}", "POST")
async def act(context: Context, req: func.HttpRequest) -> func.HttpResponse:
    """Return 202 with the line. Location is the operation if one was begun, and else the line."""
    line_id = parse_line(req.route_params["line"])
    with about(line_id):
        done = await _act(context, line_id, req)
    target = f"operations/{done.operation}" if done.operation else f"lines/{line_id}"
    headers = line_headers(line_id, done.line.release)
    headers |= {"Location": f"{own_url(context.settings, req)}/{target}", "Retry-After": "2"}
    events = await context.catalog.events(line_id)
    return answer_json(views.line(done.line, events), 202, headers)


async def _act(context: Context, line_id: LineId, req: func.HttpRequest) -> actions.ActionResult:
    reason = checked_reason(parameters(req).get("reason"))
    match req.route_params["verb"].lower():
        case "drain":
            return await actions.drain(context, line_id, closed=_closed(req), reason=reason)
        case "undrain":
            return await actions.undrain(context, line_id, reason=reason)
        case "retire":
            return await actions.retire(context, line_id, reason=reason)
        case "revive":
            return await actions.revive(context, line_id, reason=reason)
        case "refresh":
            return await actions.refresh(context, line_id, reason=reason)
        case unknown:
            detail = f"{unknown!r} is not an action on a line. Use one of: {', '.join(ACTIONS)}."
            raise Refusal(404, "unknown-route", detail)


def _closed(req: func.HttpRequest) -> bool | None:
    text = parameters(req).get("closed", "").lower()
    if text not in ("true", "false", ""):
        raise Refusal(400, "bad-closed", f"closed={text!r} is neither true nor false.")
    return text == "true" if text else None
