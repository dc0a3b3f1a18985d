"""A function that only forwards: what a start costs on this host without a router.

It takes a start, hands it to the app that TARGET names over a pool of connections, and gives back
the answer. It looks at nothing: no version, no body, no id, no signature.
"""

import os
from functools import cache

import aiohttp
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route("orchestrators/{function}", methods=["POST"])
async def forward(req: func.HttpRequest) -> func.HttpResponse:
    """Durable's own answer to the same start."""
    url = f"{os.environ['TARGET']}/runtime/webhooks/durabletask/orchestrators/"
    url += req.route_params["function"]
    headers = {"x-functions-key": os.environ["TARGET_KEY"], "Content-Type": "application/json"}
    async with _pool().post(url, data=req.get_body(), headers=headers) as answer:
        return func.HttpResponse(
            await answer.read(), status_code=answer.status, mimetype="application/json"
        )


@cache
def _pool() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256, keepalive_timeout=60))
