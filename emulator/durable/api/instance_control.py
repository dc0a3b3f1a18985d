"""Operations on existing instances: raise event, terminate, suspend, resume and rewind."""

from aiohttp import web

from emulator.durable.api.exchange import json_body, response
from emulator.durable.api.exchange.api_call import ApiCall
from emulator.durable.dotnet.json_reader import BadJsonError
from emulator.durable.dotnet.json_text import compact
from emulator.engine.model.instance import UNFINISHED, Instance


async def raise_event(call: ApiCall, instance_id: str, name: str) -> web.Response:
    """Send an external event whose JSON value is the request body."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    error = _not_running(instance)
    if error:
        return error
    if call.request.content_type.lower() != "application/json":
        return response.error(400, "Only application/json request content is supported")
    try:
        value = json_body.parse(await call.text())
    except BadJsonError as error:
        return response.error(400, "Invalid JSON content", (json_body.ERROR_TYPE, str(error)))
    await call.hub.raise_event(instance_id, name, compact(value))
    return response.empty(202)


async def terminate(call: ApiCall, instance_id: str) -> web.Response:
    """Terminate an instance but not its children."""
    error = _not_running(await call.hub.instance(instance_id, fetch_large=False))
    if error:
        return error
    await call.hub.terminate(instance_id, call.query.text("reason"))
    return response.empty(202)


async def suspend(call: ApiCall, instance_id: str) -> web.Response:
    """Suspend an instance, or return 500 if it is suspended already."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    error = _not_running(instance) or _wrong_state(instance, "suspend", instance_id)
    if error:
        return error
    await call.hub.suspend(instance_id, call.query.text("reason"))
    return response.empty(202)


async def resume(call: ApiCall, instance_id: str) -> web.Response:
    """Resume an instance, or return 500 if it is not suspended."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    error = _not_running(instance) or _wrong_state(instance, "resume", instance_id)
    if error:
        return error
    await call.hub.resume(instance_id, call.query.text("reason"))
    return response.empty(202)


async def rewind(call: ApiCall, instance_id: str) -> web.Response:
    """Retry a failed instance from where it failed."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    if instance is None:
        # The dollar sign is in the real text.
        return response.json_value(
            404, f'No orchestration with instance ID "${instance_id}" found.'
        )
    if instance.runtime_status != "Failed":
        return response.json_value(
            412,
            f"This orchestration has status {instance.runtime_status}, but only orchestrations "
            'in the "Failed" state can be rewound.',
        )
    await call.hub.rewind(instance_id, call.query.text("reason"))
    return response.empty(202)


def _not_running(instance: Instance | None) -> web.Response | None:
    if instance is None:
        return response.empty(404)
    return None if instance.runtime_status in UNFINISHED else response.empty(410)


def _wrong_state(
    instance: Instance | None, operation: str, instance_id: str
) -> web.Response | None:
    status = instance.runtime_status if instance else ""
    if (status == "Suspended") is (operation == "resume"):
        return None
    text = (
        f"Cannot {operation} the orchestration instance {instance_id} because instance is in "
        f"the {status} state."
    )
    return response.error(500, response.INTERNAL_ERROR, ("System.InvalidOperationException", text))
