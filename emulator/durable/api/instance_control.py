"""Acting on an instance that exists: events, terminate, suspend, resume, rewind."""

from aiohttp import web

from emulator.durable.api import json_body, response
from emulator.durable.api.api_request import Call
from emulator.durable.dotnet.json_text import compact
from emulator.engine.model.instance import UNFINISHED, Instance


async def raise_event(call: Call, instance_id: str, name: str) -> web.Response:
    """Send an external event; the body is its JSON value."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    refused = _refusal(instance)
    if refused:
        return refused
    if call.request.content_type.lower() != "application/json":
        return response.error(400, "Only application/json request content is supported")
    try:
        value = json_body.parse(await call.request.text())
    except json_body.BadJsonError as error:
        return response.error(400, "Invalid JSON content", (json_body.ERROR_TYPE, str(error)))
    await call.hub.raise_event(instance_id, name, compact(value))
    return response.empty(202)


async def terminate(call: Call, instance_id: str) -> web.Response:
    """End it; its children go on."""
    refused = _refusal(await call.hub.instance(instance_id, fetch_large=False))
    if refused:
        return refused
    await call.hub.terminate(instance_id, call.query.text("reason"))
    return response.empty(202)


async def suspend(call: Call, instance_id: str) -> web.Response:
    """Halt it; 500 if it is halted already."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    refused = _refusal(instance) or _in_wrong_state(instance, "suspend", instance_id)
    if refused:
        return refused
    await call.hub.suspend(instance_id, call.query.text("reason"))
    return response.empty(202)


async def resume(call: Call, instance_id: str) -> web.Response:
    """Let it go on; 500 if it is not halted."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    refused = _refusal(instance) or _in_wrong_state(instance, "resume", instance_id)
    if refused:
        return refused
    await call.hub.resume(instance_id, call.query.text("reason"))
    return response.empty(202)


async def rewind(call: Call, instance_id: str) -> web.Response:
    """Run a failed one again from where it failed."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    if instance is None:
        # The dollar sign is the real text's own.
        return response.value(404, f'No orchestration with instance ID "${instance_id}" found.')
    if instance.runtime_status != "Failed":
        return response.value(
            412,
            f"This orchestration has status {instance.runtime_status}, but only orchestrations "
            'in the "Failed" state can be rewound.',
        )
    await call.hub.rewind(instance_id, call.query.text("reason"))
    return response.empty(202)


def _refusal(instance: Instance | None) -> web.Response | None:
    if instance is None:
        return response.empty(404)
    return None if instance.runtime_status in UNFINISHED else response.empty(410)


def _in_wrong_state(
    instance: Instance | None, operation: str, instance_id: str
) -> web.Response | None:
    status = instance.runtime_status if instance else ""
    if (status == "Suspended") is (operation == "resume"):
        return None
    text = (
        f"Cannot {operation} the orchestration instance {instance_id} because instance is in "
        f"the {status} state."
    )
    return response.error(500, response.WRONG, ("System.InvalidOperationException", text))
