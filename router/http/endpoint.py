"""Register HTTP functions that bind the context and turn every error into a problem."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import azure.durable_functions as df
import azure.functions as func

from router import unexpected
from router.bootstrap import own_context
from router.context import Context
from router.domain.errors import (
    TRANSIENT_ERRORS,
    PlatformBusy,
    PlatformFailed,
    RouterError,
    Unavailable,
    Unreadable,
)
from router.http.requests import flag, parameters, refuse_chunked
from router.http.responses import problem
from router.lines.supervision import ensure_supervised
from router.settings import SettingsInvalid

Handler = Callable[[Context, func.HttpRequest], Awaitable[func.HttpResponse]]
_READ_SECONDS = 8.0
_HISTORY_SECONDS = 60.0  # it may be long, with many large values
_SUPERVISION_SECONDS = 2.0
_log = logging.getLogger("router.http")


def endpoint(
    bp: df.Blueprint, name: str, route: str, method: str, **options: Any
) -> Callable[[Handler], Handler]:
    """Register the decorated handler as an HTTP function. `options` go to the route."""
    # A route that does not name HEAD answers it with 404, and gateways probe with it.
    methods = ["GET", "HEAD"] if method == "GET" else [method]

    def register(handler: Handler) -> Handler:
        @bp.function_name(name)
        @bp.route(route, methods=methods, **options)
        @bp.durable_client_input(client_name="client")
        async def serve(
            req: func.HttpRequest, client: df.DurableOrchestrationClient
        ) -> func.HttpResponse:
            return await respond(handler, req, partial(own_context, client))

        return handler

    return register


async def respond(
    handler: Handler, req: func.HttpRequest, bind: Callable[[], Awaitable[Context]]
) -> func.HttpResponse:
    """Return the handler's response, or a problem for its error."""
    try:
        refuse_chunked(req)
        bound = await bind()
        answer = await _within_time(handler, bound, req)
    except Exception as error:  # noqa: BLE001 - the caller gets an answer, the log the rest
        return problem(_known(error, f"{req.method} {urlsplit(req.url).path}"))
    await _supervise(bound)
    return answer


async def _within_time(
    handler: Handler, bound: Context, req: func.HttpRequest
) -> func.HttpResponse:
    """Return the handler's response. Raises Unreadable if reading takes too long.

    A storage account that accepts requests and does not answer would hold the caller for as long as
    all attempts at it last. What changes something has limits of its own.
    """
    if req.method not in ("GET", "HEAD"):
        return await handler(bound, req)
    has_history = flag(parameters(req), "showHistory")
    seconds = _HISTORY_SECONDS if has_history else _READ_SECONDS
    try:
        async with asyncio.timeout(seconds):
            return await handler(bound, req)
    except TimeoutError as error:
        raise Unreadable(f"It was not read within {seconds:g} s.") from error


async def _supervise(bound: Context) -> None:
    """Let requests see to the monitors, as nothing else does where all of them have failed."""
    try:
        async with asyncio.timeout(_SUPERVISION_SECONDS):
            await ensure_supervised(bound)
    except (*TRANSIENT_ERRORS, TimeoutError) as error:
        _log.warning("the monitors could not be checked: %s", error)
    except Exception as error:  # noqa: BLE001 - the request has its answer
        unexpected.log("checking the monitors", error)


def _known(error: Exception, request: str) -> RouterError:
    """Return the error to report to the caller, without stack, key or host name."""
    match error:
        case RouterError():
            return error
        case Unreadable():
            _log.warning("%s: %s", request, error)
            detail = (
                "The router's storage cannot be read at the moment. Nothing was changed. Retry."
            )
            return Unavailable("store-unavailable", detail)
        case PlatformBusy() | PlatformFailed():
            _log.warning("%s: %s", request, error)
            detail = "Azure did not return the keys of the line's app. Nothing was changed. Retry."
            pause = math.ceil(getattr(error, "retry_after", None) or 5)
            return Unavailable("azure-unavailable", detail, retry_after=pause)
        case SettingsInvalid(problems=problems):
            _log.error("%s", error)
            detail = f"The router's settings are invalid. {'; '.join(problems)}"
            return RouterError(500, "settings-invalid", detail)
    unexpected.log(request, error)
    detail = "The router failed on this request. Its log has the details. Retry."
    return RouterError(500, "internal-error", detail)
