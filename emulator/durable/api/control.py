"""Acting on an instance that exists: events, terminate, suspend, resume, rewind."""

from aiohttp import web

from emulator.durable.api import json_body, reply
from emulator.durable.api.call import Call
from emulator.durable.json_text import compact
from emulator.engine.instance import UNFINISHED, Instance


async def raise_event(call: Call, instance_id: str, name: str) -> web.Response:
    """Send an external event; the body is its JSON value."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    refused = _refusal(instance)
    if refused:
        return refused
    if call.request.content_type.lower() != "application/json":
        return reply.error(400, "Only application/json request content is supported")
    try:
        value = json_body.parse(await call.request.text())
    except json_body.BadJsonError as error:
        return reply.error(400, "Invalid JSON content", (json_body.ERROR_TYPE, str(error)))
    await call.hub.raise_event(instance_id, name, compact(value))
    return reply.empty(202)


async def terminate(call: Call, instance_id: str) -> web.Response:
    """End it; its children go on."""
    refused = _refusal(await call.hub.instance(instance_id, fetch_large=False))
    if refused:
        return refused
    await call.hub.terminate(instance_id, call.query.text("reason"))
    return reply.empty(202)


async def suspend(call: Call, instance_id: str) -> web.Response:
    """Halt it; 500 if it is halted already."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    refused = _refusal(instance) or _in_wrong_state(instance, "suspend", instance_id)
    if refused:
        return refused
    await call.hub.suspend(instance_id, call.query.text("reason"))
    return reply.empty(202)


async def resume(call: Call, instance_id: str) -> web.Response:
    """Let it go on; 500 if it is not halted."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    refused = _refusal(instance) or _in_wrong_state(instance, "resume", instance_id)
    if refused:
        return refused
    await call.hub.resume(instance_id, call.query.text("reason"))
    return reply.empty(202)


async def rewind(call: Call, instance_id: str) -> web.Response:
    """Run a failed one again from where it failed."""
    instance = await call.hub.instance(instance_id, fetch_large=False)
    if instance is None:
        # The dollar sign is the real text's own.
        return reply.value(404, f'No orchestration with instance ID "${instance_id}" found.')
    if instance.runtime_status != "Failed":
        return reply.value(
            412,
            f"This orchestration has status {instance.runtime_status}, but only orchestrations "
            'in the "Failed" state can be rewound.',
        )
    await call.hub.rewind(instance_id, call.query.text("reason"))
    return reply.empty(202)


def _refusal(instance: Instance | None) -> web.Response | None:
    if instance is None:
        return reply.empty(404)
    return None if instance.runtime_status in UNFINISHED else reply.empty(410)


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
    return reply.error(500, reply.WRONG, ("System.InvalidOperationException", text))
