"""The route that shows an operation. It requires the ops key."""

import azure.durable_functions as df
import azure.functions as func

from router.context import Context
from router.domain.errors import Refusal
from router.domain.model import Progress
from router.domain.texts.carriers import segment_problem
from router.http import views
from router.http.endpoint import endpoint
from router.http.requests import own_url
from router.http.responses import answer_json, line_headers

bp = df.Blueprint()


@endpoint(bp, "ops_operation", "operations/{id}", "GET")
async def operation(context: Context, req: func.HttpRequest) -> func.HttpResponse:
    """Return 202 while the operation runs and 200 when it has ended."""
    operation_id = req.route_params["id"]
    is_key = segment_problem(operation_id) is None  # a table refuses any other
    found = await context.catalog.operation(operation_id) if is_key else None
    if found is None:
        detail = f"There is no operation {operation_id!r}. See the `operation` member of a line."
        raise Refusal(404, "unknown-operation", detail)
    headers = line_headers(found.line)
    if found.state is Progress.RUNNING:
        location = f"{own_url(context.settings, req)}/operations/{found.id}"
        headers |= {"Retry-After": "2", "Location": location}
        return answer_json(views.operation(found), 202, headers)
    return answer_json(views.operation(found), 200, headers)
