"""The conversion of requests and responses between aiohttp and the Functions SDK."""

from collections.abc import Iterable, Mapping

import azure.functions as func
from aiohttp import web
from azure.functions.http import HttpRequest
from multidict import CIMultiDict

# The server sets these headers itself.
CONNECTION_HEADERS = ("Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Upgrade")


async def to_function(request: web.Request, route_params: Mapping[str, str]) -> func.HttpRequest:
    """Return the SDK's request: headers in lower case, repeated values joined by commas.

    Raises HTTPRequestEntityTooLarge.
    """
    target = request.raw_path
    return HttpRequest(
        method=request.method,
        url=f"{request.scheme}://{request.host}{target}",
        headers=_joined((name.lower(), value) for name, value in request.headers.items()),
        params=_joined(request.rel_url.query.items()) if "?" in target else {},
        route_params=route_params,
        body_type="bytes",
        body=await _body(request) if request.body_exists else b"",
    )


def to_client(response: func.HttpResponse) -> web.Response:
    """Return aiohttp's response. Raises ValueError for an invalid status."""
    status = int(response.status_code)
    if not 200 <= status <= 999:
        raise ValueError(f"{status} is not a valid HTTP status")
    headers = CIMultiDict(response.headers.items())
    for name in CONNECTION_HEADERS:
        headers.popall(name, None)
    if "Content-Type" not in headers:
        headers["Content-Type"] = _content_type(response)
    return web.Response(body=response.get_body(), status=status, headers=headers)


async def _body(request: web.Request) -> bytes:
    announced = request.content_length or 0
    if announced > request.client_max_size:  # refused before it is sent
        raise web.HTTPRequestEntityTooLarge(request.client_max_size, announced)
    return await request.read()


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _content_type(response: func.HttpResponse) -> str:
    mimetype = str(response.mimetype)
    if mimetype.startswith("text/"):
        return f"{mimetype}; charset={response.charset}"
    return mimetype
