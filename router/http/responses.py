"""HTTP responses: JSON, problems, and the headers that name the line."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import azure.functions as func

from router.domain.errors import RouterError
from router.domain.version import LineId
from router.http import views

_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


def problem(error: RouterError) -> func.HttpResponse:
    """Return an RFC 9457 problem, with Retry-After where a retry helps."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    line = error.about or error.fields.get("line")
    headers |= {"X-App-Line": str(line)} if line else {}
    body = error.as_problem()
    if "drain" in body:
        body["drain"] = views.drain(body["drain"])
    return _response(body, error.status, headers, "application/problem+json")


def answer_json(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """Return a JSON response."""
    return _response(body, status, headers or {}, "application/json")


def empty(status: int, headers: Mapping[str, str]) -> func.HttpResponse:
    """Return a response without a body."""
    return func.HttpResponse(status_code=status, headers=_in_ascii(headers))


def line_headers(line: LineId | None, version: object | None = None) -> dict[str, str]:
    """Return X-App-Line, and X-App-Version if the release is known."""
    headers = {} if line is None else {"X-App-Line": str(line)}
    return headers if version is None else headers | {"X-App-Version": str(version)}


def _response(
    body: Any, status: int, headers: Mapping[str, str], media_type: str
) -> func.HttpResponse:
    return func.HttpResponse(
        json.dumps(body),  # in ASCII, so that a lone surrogate in stored data is no error
        status_code=status,
        headers=_in_ascii(headers),
        mimetype=media_type,
    )


def _in_ascii(headers: Mapping[str, str]) -> dict[str, str]:
    """Encode what is not ASCII, because Azure replaces an answer with such a header by a 500."""
    return {name: quote(value, safe=_PRINTABLE) for name, value in headers.items()}
