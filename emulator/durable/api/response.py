"""The answers of the management API: JSON, nothing, or an error in the extension's form."""

import json
from typing import Any

from aiohttp import web

WRONG = "Something went wrong while processing your request"
BAD_ARGUMENT = "One or more of the arguments submitted is incorrect"


def value(status: int, body: Any, headers: dict[str, str] | None = None) -> web.Response:
    """Any JSON value, null included."""
    return web.Response(
        status=status,
        text=json.dumps(body, ensure_ascii=False),
        content_type="application/json",
        headers=headers,
    )


def empty(status: int) -> web.Response:
    """A status alone."""
    return web.Response(status=status)


def error(status: int, message: str, cause: tuple[str, str] | None = None) -> web.Response:
    """An error; `cause` is the type and the text of the .NET exception that the real one shows."""
    body = {"Message": message}
    if cause:
        body["ExceptionType"], body["ExceptionMessage"] = cause
    return value(status, body)
