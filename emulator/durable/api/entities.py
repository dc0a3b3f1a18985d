"""Reading, listing and signalling entities."""

import uuid
from datetime import UTC
from typing import Any

from aiohttp import web

from emulator.durable.api.exchange import json_body, response
from emulator.durable.api.exchange.api_call import ApiCall
from emulator.durable.api.instances import CONTINUATION, page_size
from emulator.durable.dotnet.json_reader import BadJsonError
from emulator.durable.dotnet.json_text import compact, parse_or_text
from emulator.durable.entity.batch import EntityState
from emulator.durable.entity.entity_id import EntityId
from emulator.durable.entity.messages import request
from emulator.engine.model.instance import Instance, InstanceQuery
from emulator.host.kestrel.request import Request

EMPTY_KEY = "$"


async def show(call: ApiCall, name: str, key: str) -> web.Response:
    """Return the state of one entity, or 404 if nothing was ever written to it."""
    entity = EntityId(name, "" if key == EMPTY_KEY else key)
    instance = await call.hub.instance(entity.instance_id)
    if instance is None:
        return response.empty(404)
    state = EntityState.parse(instance.input).state
    return response.empty(404) if state is None else response.json_value(200, parse_or_text(state))


async def list_all(call: ApiCall, name: str | None) -> web.Response:
    """Return one page of entities: with their states on request, else those that have one."""
    query = InstanceQuery(
        prefix=f"@{name.lower()}@" if name else "@",
        top=page_size(call),
        continuation=call.request.headers.get(CONTINUATION) or None,
    )
    instances, token = await call.hub.instances(query)
    with_state = call.query.flag("fetchState", default=False)
    views = [
        _view(each, with_state=with_state)
        for each in instances
        if _matches(call, each, with_null_state=with_state)
    ]
    return response.json_value(200, views, {CONTINUATION: token} if token else None)


async def signal(call: ApiCall, name: str, key: str) -> web.Response:
    """Send the operation `op`, or `delete` for DELETE, to an entity that may not exist."""
    entities = call.catalog.entities
    if name not in entities and not entities.is_disabled(name):
        return response.error(400, call.catalog.entities.not_found_text(name.lower()))
    deleting = call.request.method == "DELETE"
    operation = "delete" if deleting else call.query.text("op") or ""
    try:
        value = await _value(call)
    except BadJsonError as error:
        return response.error(400, f"Could not parse JSON content: {error}")
    entity = EntityId(name, "" if key == EMPTY_KEY else key)
    body = request(operation, signal=True, value=value, request_id=str(uuid.uuid4()))
    await call.hub.raise_event(entity.instance_id, "op", body)
    return response.empty(202)


async def _value(call: ApiCall) -> str | None:
    text = await call.text()
    is_json = call.request.content_type.lower() == "application/json"
    if not text and not (is_json and _is_unmeasured(call.request)):
        return None
    return compact(json_body.parse(text) if is_json else text)


def _is_unmeasured(request: Request) -> bool:
    """Return True for a request without any length, which .NET takes for one with a body."""
    return "Content-Length" not in request.headers and "Transfer-Encoding" not in request.headers


def _matches(call: ApiCall, instance: Instance, *, with_null_state: bool) -> bool:
    """Return True if it is an entity whose last operation is in the requested period."""
    since, until = call.query.time("lastOperationTimeFrom"), call.query.time("lastOperationTimeTo")
    return (
        instance.name.startswith("@")
        and (with_null_state or EntityState.parse(instance.input).state not in (None, "null"))
        and (since is None or instance.last_updated_at >= since)
        and (until is None or instance.last_updated_at <= until)
    )


def _time(instance: Instance) -> str:
    """Return the time of the last operation without the zeros at its end, as .NET writes it."""
    text = instance.last_updated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text.rstrip("0").rstrip(".") + "Z"


def _view(instance: Instance, *, with_state: bool) -> dict[str, Any]:
    entity = EntityId.parse(instance.instance_id)
    state = EntityState.parse(instance.input).state if with_state else None
    return {
        "entityId": {"name": entity.name, "key": entity.key},
        "lastOperationTime": _time(instance),
        "state": parse_or_text(state),
    }
