"""HTTP requests and responses in the form in which they pass between host and worker."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import azure.functions as func


def request_fields(request: func.HttpRequest) -> dict[str, Any]:
    """Return all of a request but its body."""
    return {
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers.items()),
        "params": dict(request.route_params),
        "query": dict(request.params),
    }


def response(fields: dict[str, Any], body: bytes) -> func.HttpResponse:
    """Return the response that a function made. A text is a 200.

    Raises ValueError for a status or a header that cannot be sent.
    """
    if fields["kind"] != "http":
        return func.HttpResponse(body)
    made = func.HttpResponse(body, status_code=int(fields["status"]), headers=fields["headers"])
    for cookie in fields["cookies"]:
        made.headers.add("Set-Cookie", cookie_text(cookie))
    return made


def cookie_text(cookie: dict[str, Any]) -> str:
    """Return the header of a cookie, as ASP.NET Core writes it."""
    parts = [f"{cookie['name']}={quote(cookie['value'], safe='-._~')}"]
    if cookie["expires"] is not None:
        expires = datetime.fromtimestamp(cookie["expires"], UTC)
        parts.append(f"expires={expires:%a, %d %b %Y %H:%M:%S} GMT")
    if cookie["max_age"] is not None:
        parts.append(f"max-age={int(cookie['max_age'])}")
    parts += [f"{n}={cookie[n]}" for n in ("domain", "path") if cookie[n] is not None]
    if cookie["secure"]:
        parts.append("secure")
    if cookie["same_site"] is not None:
        parts.append(f"samesite={cookie['same_site']}")
    if cookie["http_only"]:
        parts.append("httponly")
    return "; ".join(parts)
