"""Routes of the management API: method and path to handler, or 404."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import unquote

from aiohttp import web

from emulator.durable.api import entities, instance_control, instances, response, starts
from emulator.durable.api.api_call import ApiCall

Handler = Callable[[ApiCall], Awaitable[web.Response]]
OPERATIONS = {
    "terminate": instance_control.terminate,
    "suspend": instance_control.suspend,
    "resume": instance_control.resume,
    "rewind": instance_control.rewind,
    "restart": starts.restart,
}


async def unknown(_: ApiCall) -> web.Response:
    """Answer 404."""
    return response.empty(404)


async def make_primary(_: ApiCall) -> web.Response:
    """Answer 200: the app has one host, which is the primary already."""
    return response.empty(200)


def route(method: str, tail: str) -> Handler:
    """Return the handler of a request whose raw path after the API's base is `tail`."""
    path = [part for part in unquote(tail).split("/") if part]
    if not path:
        return unknown
    section, rest = path[0].lower(), path[1:]
    if section == "orchestrators":
        return _start(method, rest)
    if section == "instances":
        return _instances(method, rest)
    if section == "entities":
        return _entities(method, rest)
    return make_primary if section == "makeprimary" and not rest else unknown


def _start(method: str, rest: Sequence[str]) -> Handler:
    if method != "POST" or len(rest) not in (1, 2):
        return unknown
    name, instance_id = rest[0], rest[1] if len(rest) == 2 else None
    return lambda call: starts.start(call, name, instance_id)


def _instances(method: str, rest: Sequence[str]) -> Handler:
    if not rest:
        return {"GET": instances.list_all, "DELETE": instances.purge_matching}.get(method, unknown)
    instance_id, *operation = rest
    if not operation:
        handler = {"GET": instances.show, "DELETE": instances.purge}.get(method)
        return (lambda call: handler(call, instance_id)) if handler else unknown
    if method != "POST":
        return unknown
    if len(operation) == 1 and operation[0].lower() in OPERATIONS:
        operate = OPERATIONS[operation[0].lower()]
        return lambda call: operate(call, instance_id)
    if len(operation) == 2 and operation[0].lower() == "raiseevent":
        return lambda call: instance_control.raise_event(call, instance_id, operation[1])
    return unknown


def _entities(method: str, rest: Sequence[str]) -> Handler:
    if len(rest) == 2:
        name, key = rest
        handler = {"GET": entities.show, "POST": entities.signal, "DELETE": entities.signal}.get(
            method
        )
        return (lambda call: handler(call, name, key)) if handler else unknown
    if len(rest) < 2 and method == "GET":
        return lambda call: entities.list_all(call, rest[0] if rest else None)
    return unknown
