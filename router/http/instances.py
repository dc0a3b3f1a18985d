"""The routes of one instance, shared by the key-protected and the signed URLs."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from router.context import Context
from router.domain.errors import Refusal
from router.domain.instance_status import UNFINISHED
from router.domain.texts.event_names import check_event_name
from router.domain.texts.trace import Trace, trace_of
from router.http.endpoint import endpoint
from router.http.requests import body_within, flag, json_text, own_url, parameters
from router.http.responses import answer_json, empty, line_headers
from router.http.starts import started
from router.instances import changes
from router.instances.changes import Changed
from router.instances.owner import line_id_of
from router.instances.restarts import start_again
from router.instances.status import status
from router.links.signing import EVENT_NAME, Access
from router.ports import StatusQuery

_POLL_SECONDS = "5"
_VERBS: dict[str, Callable[[Context, str, str | None, Trace], Awaitable[Changed]]] = {
    "terminate": changes.terminate,
    "suspend": changes.suspend,
    "resume": changes.resume,
    "rewind": changes.rewind,
}
VERBS = (*_VERBS, "restart", "restartWithOptions")

Check = Callable[[Context, func.HttpRequest, Access], datetime | None]
"""Raise RouterError unless the request is allowed. Return when the link expires that allows it."""

InstanceHandler = Callable[
    [Context, func.HttpRequest, datetime | None], Awaitable[func.HttpResponse]
]
"""Serve a request. The links in its answer expire with the link that allows it, if one does."""


def instance_routes(name: str, below: str, check: Check, **options: Any) -> df.Blueprint:
    """Return the functions that serve one instance.

    Their names begin with `name` and their routes with `below`. `options` go to each route.
    """
    bp = df.Blueprint()

    def add(what: str, request: str, access: Access, handler: InstanceHandler) -> None:
        method, _, tail = request.partition(" ")

        @endpoint(bp, f"{name}_{what}", f"{below}/{{instanceId}}{tail}", method, **options)
        async def serve(context: Context, req: func.HttpRequest) -> func.HttpResponse:
            return await handler(context, req, check(context, req, access))

    add("status", "GET", Access.READ, get_status)
    add("purge", "DELETE", Access.MANAGE, purge)
    add("raise_event", "POST /raiseEvent/{eventName}", Access.EVENT, raise_event)
    add("change", "POST /{operation}", Access.MANAGE, change)
    return bp


async def get_status(
    context: Context, req: func.HttpRequest, expires_at: datetime | None = None
) -> func.HttpResponse:
    """Return 202 while the instance is unfinished and 200 once it has ended."""
    instance_id, given = req.route_params["instanceId"], parameters(req)
    query = StatusQuery(
        show_input=flag(given, "showInput", default=True),
        show_history=flag(given, "showHistory"),
        show_history_output=flag(given, "showHistoryOutput"),
    )
    found = await status(context, instance_id, query)
    headers = line_headers(await line_id_of(context, instance_id))
    if found["runtimeStatus"] not in UNFINISHED:
        failed = found["runtimeStatus"] == "Failed"
        as_error = failed and flag(given, "returnInternalServerErrorOnFailure")
        return answer_json(found, 500 if as_error else 200, headers)
    # Never the caller's own URL, which may hold a key.
    links = context.links.of(own_url(context.settings, req), instance_id, expires_at)
    headers |= {"Location": links["statusQueryGetUri"], "Retry-After": _POLL_SECONDS}
    return answer_json(found, 202, headers)


async def purge(
    context: Context, req: func.HttpRequest, _: datetime | None = None
) -> func.HttpResponse:
    """Delete an instance that has ended."""
    _body(context, req)
    instance_id, trace = req.route_params["instanceId"], trace_of(req.headers)
    return _answer(await changes.purge(context, instance_id, trace))


async def raise_event(
    context: Context, req: func.HttpRequest, _: datetime | None = None
) -> func.HttpResponse:
    """Send an event to an instance."""
    name = req.route_params["eventName"]
    if name == EVENT_NAME:
        detail = f"The URL still contains {EVENT_NAME}. Replace it with the event's name."
        raise Refusal(400, "bad-event-name", detail)
    check_event_name(name)
    body = json_text(req, context.settings.max_body_bytes)
    if not body:
        detail = "An event needs a JSON value as its body. Send null for an event without one."
        raise Refusal(400, "bad-body", detail)
    instance_id, trace = req.route_params["instanceId"], trace_of(req.headers)
    done = await changes.raise_event(context, instance_id, name, body.encode(), trace)
    return _answer(done)


async def change(
    context: Context, req: func.HttpRequest, expires_at: datetime | None = None
) -> func.HttpResponse:
    """Terminate, suspend, resume, rewind or restart an instance."""
    verb = req.route_params["operation"].lower()
    _body(context, req)
    if verb == "restart":
        return await _restart(context, req, expires_at)
    if verb == "restartwithoptions":
        return await _restart_with_options(context, req)
    if verb not in _VERBS:
        detail = f"{verb!r} is not an action on an instance. Use one of: {', '.join(VERBS)}."
        raise Refusal(404, "unknown-route", detail)
    instance_id, reason = req.route_params["instanceId"], parameters(req).get("reason")
    return _answer(await _VERBS[verb](context, instance_id, reason, trace_of(req.headers)))


async def _restart(
    context: Context, req: func.HttpRequest, expires_at: datetime | None
) -> func.HttpResponse:
    """Restart an instance and return the router's own URLs of the new one."""
    # Anything but false means a new id, as in Durable, because the other way replaces an instance.
    with_new_id = parameters(req).get("restartwithnewinstanceid", "").lower() != "false"
    instance_id, trace = req.route_params["instanceId"], trace_of(req.headers)
    done = await changes.restart(context, instance_id, with_new_id=with_new_id, trace=trace)
    started_id = json.loads(done.answer.body)["id"]
    links = context.links.of(own_url(context.settings, req), started_id, expires_at)
    headers = line_headers(done.line) | {"Location": links["statusQueryGetUri"]}
    return answer_json(links, 202, headers)


async def _restart_with_options(context: Context, req: func.HttpRequest) -> func.HttpResponse:
    """Start the function of an instance with its input under an id that the caller chose."""
    instance_id, new_id = req.route_params["instanceId"], parameters(req).get("newinstanceid", "")
    accepted = await start_again(context, instance_id, new_id, trace_of(req.headers))
    return started(context, req, accepted)


def _body(context: Context, req: func.HttpRequest) -> bytes:
    return body_within(req, context.settings.max_body_bytes)


def _answer(done: Changed) -> func.HttpResponse:
    headers, answer = line_headers(done.line), done.answer
    if not answer.body:
        return empty(answer.status, headers)
    return answer_json(json.loads(answer.body), answer.status, headers)


# The platform has checked the key already.
bp = instance_routes("client", "instances", lambda *_: None)
