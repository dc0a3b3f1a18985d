"""A function that only forwards: the cost of a start on this host without a router.

It sends a start to the app that TARGET names over a pool of connections, and returns the response.
It checks nothing: no version, no body, no id, no signature.
"""

import os
from functools import cache

import aiohttp
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route("orchestrators/{function}", methods=["POST"])
async def forward(req: func.HttpRequest) -> func.HttpResponse:
    """Return Durable's own response to the same start."""
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
