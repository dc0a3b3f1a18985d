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
    await context.snapshots.get()
    problems = list(context.settings.warnings)
    return answer_json({"status": "ok"} | ({"problems": problems} if problems else {}))
