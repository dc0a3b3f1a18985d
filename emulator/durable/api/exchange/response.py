"""Responses of the management API: JSON, empty, or an error in the extension's format."""

from typing import Any

from aiohttp import web

from emulator.durable.dotnet import json_text

INTERNAL_ERROR = "Something went wrong while processing your request"
BAD_ARGUMENT = "One or more of the arguments submitted is incorrect"
_STACK = "   at Microsoft.Azure.WebJobs.Extensions.DurableTask.HttpApiHandler.HandleRequestAsync()"


def json_value(status: int, body: Any, headers: dict[str, str] | None = None) -> web.Response:
    """Return a response with any JSON value, including null."""
    return web.Response(
        status=status,
        text=json_text.compact(body),
        content_type="application/json",
        headers=headers,
    )


def empty(status: int) -> web.Response:
    """Return a response without a body."""
    return web.Response(status=status)


def error(status: int, message: str, cause: tuple[str, str] | None = None) -> web.Response:
    """Return an error with the type and text of the real extension's .NET exception."""
    body = {"Message": message}
    if cause:
        body |= {"ExceptionMessage": cause[1], "ExceptionType": cause[0], "StackTrace": _STACK}
    return json_value(status, body)
