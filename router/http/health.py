"""The router's health endpoint, which needs no key."""

import azure.durable_functions as df
import azure.functions as func

from router.context import Context
from router.http.endpoint import endpoint
from router.http.responses import answer_json

bp = df.Blueprint()


@endpoint(bp, "health", "health", "GET", auth_level=func.AuthLevel.ANONYMOUS)
async def health(context: Context, _: func.HttpRequest) -> func.HttpResponse:
    """Return 200 if the catalog can be read in time, and a 503 problem otherwise.

    What does not keep the router from working is listed in `problems`.
    """
    snapshot = await context.snapshots.get()
    stopped = (each.id for each in snapshot.lines.values() if each.app_stopped_at is not None)
    problems = list(context.settings.warnings)
    problems += (f"line {line}: its function app is stopped in Azure" for line in sorted(stopped))
    return answer_json({"status": "ok"} | ({"problems": problems} if problems else {}))
