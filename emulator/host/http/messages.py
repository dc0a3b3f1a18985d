"""The conversion of requests and answers between the server and the Functions SDK."""

import azure.functions as func
from azure.functions.http import HttpRequest

from emulator.host.http.query import parameters
from emulator.host.kestrel.answer import Answer, Header
from emulator.host.kestrel.request import Request


async def to_function(request: Request, route_params: dict[str, str]) -> func.HttpRequest:
    """Return the SDK's request: headers in lower case, repeated values joined by commas.

    A body that was sent in chunks does not reach a function, as on the real host.
    """
    body = b"" if request.head.chunked else await request.read()
    return HttpRequest(
        method=request.method,
        url=request.url,
        headers=_joined(request),
        params=parameters(request.raw_query) if request.raw_query else {},
        route_params=route_params,
        body_type="bytes",
        body=body,
    )


def to_client(response: func.HttpResponse) -> Answer:
    """Return the answer, whose length the host does not announce."""
    headers: list[Header] = list(response.headers.items())
    if all(name.lower() != "content-type" for name, _ in headers):
        headers.append(("Content-Type", _content_type(response)))
    return Answer(int(response.status_code), response.get_body(), headers, known=False)


def _joined(request: Request) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def _content_type(response: func.HttpResponse) -> str:
    mimetype = str(response.mimetype)
    if mimetype.startswith("text/"):
        return f"{mimetype}; charset={response.charset}"
    return mimetype
