"""HTTP responses: JSON, problems, and the headers that name the line."""

import json
from collections.abc import Mapping
from typing import Any

import azure.functions as func

from router.domain.errors import RouterError
from router.domain.version import LineId
from router.http import views


def problem(error: RouterError) -> func.HttpResponse:
    """Return an RFC 9457 problem, with Retry-After where a retry helps."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    line = error.about or error.fields.get("line")
    headers |= {"X-App-Line": str(line)} if line else {}
    body = error.as_problem()
    if "drain" in body:
        body["drain"] = views.drain(body["drain"])
    return func.HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status_code=error.status,
        headers=headers,
        mimetype="application/problem+json",
    )


def answer_json(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """Return a JSON response."""
    return func.HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status_code=status,
        headers=dict(headers or {}),
        mimetype="application/json",
    )


def line_headers(line: LineId | None, version: object | None = None) -> dict[str, str]:
    """Return X-App-Line, and X-App-Version if the release is known."""
    headers = {} if line is None else {"X-App-Line": str(line)}
    return headers if version is None else headers | {"X-App-Version": str(version)}
