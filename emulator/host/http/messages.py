"""The conversion of requests and answers between the server and functions."""

from emulator.host.functions.values.http_call import HttpCall, HttpResult
from emulator.host.http.query import parameters
from emulator.host.kestrel.answer import Answer
from emulator.host.kestrel.request import Request


def to_function(request: Request, route_params: dict[str, str]) -> HttpCall:
    """Return a function's request: headers in lower case, repeated values joined by commas."""
    return HttpCall(
        method=request.method,
        url=request.url,
        headers=_joined(request),
        params=route_params,
        query=parameters(request.raw_query) if request.raw_query else {},
    )


async def body_for_function(request: Request) -> bytes:
    """Return the body. One that was sent in chunks does not reach a function."""
    return b"" if request.head.chunked else await request.read()


def to_client(result: HttpResult) -> Answer:
    """Return the answer, whose length the host does not announce."""
    return Answer(result.status, result.body, result.headers, known=False)


def _joined(request: Request) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined
