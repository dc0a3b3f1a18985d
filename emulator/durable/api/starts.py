"""Starting and restarting instances, and waiting for a new instance to complete."""

import asyncio
import time
import uuid

from aiohttp import web

from emulator.durable.api import instances, json_body, response
from emulator.durable.api.api_call import ApiCall
from emulator.durable.dotnet.json_text import compact, parse_or_text
from emulator.engine.model.instance import UNFINISHED, InstanceExistsError

START_POLL_SECONDS = "10"
REPLACE_POLL_SECONDS = 0.1
REPLACED = "A new instance with the same instance ID was requested"


async def start(call: ApiCall, name: str, instance_id: str | None) -> web.Response:
    """Start an orchestration with the request body as its unchanged input.

    Names are not checked. The start of an unknown orchestrator returns 202 and fails afterwards.
    """
    text = await call.request.text() or None
    try:
        if text is not None:
            json_body.parse(text)
    except json_body.BadJsonError as error:
        return response.error(400, "Invalid JSON content", (json_body.ERROR_TYPE, str(error)))
    new_id = instance_id or uuid.uuid4().hex
    try:
        await _create(call, new_id, name, call.query.text("version"), text)
    except InstanceExistsError as error:
        return response.error(409, str(error))
    return await _started(call, new_id)


async def restart(call: ApiCall, instance_id: str) -> web.Response:
    """Start the same orchestrator with the same input again, by default with a new id."""
    instance = await call.hub.instance(instance_id)
    if instance is None:
        return _bad_restart(f"No instance with ID '{instance_id}' was found.", "instanceId")
    if instance.name not in call.catalog.orchestrators:
        return _bad_restart(call.catalog.orchestrators.not_found_text(instance.name))
    with_new_id = call.query.flag("restartWithNewInstanceId", default=True)
    new_id = uuid.uuid4().hex if with_new_id else instance_id
    value = None if instance.input is None else compact(parse_or_text(instance.input))
    try:
        await _create(call, new_id, instance.name, None, value)
    except InstanceExistsError as error:
        return response.error(
            409,
            "A non-terminal instance with this instance ID already exists.",
            ("DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException", str(error)),
        )
    return await _started(call, new_id)


async def _create(
    call: ApiCall, instance_id: str, name: str, version: str | None, value: str | None
) -> None:
    replaceable = call.settings.replaceable
    if replaceable >= UNFINISHED:
        await _terminate_running(call, instance_id)
    await call.hub.create(
        instance_id=instance_id,
        name=name,
        version=call.settings.versions.default if version is None else version,
        input=value,
        replaceable=replaceable,
    )


async def _terminate_running(call: ApiCall, instance_id: str) -> None:
    """Terminate a running instance and wait for its end before it is replaced."""
    terminated = False
    while True:
        instance = await call.hub.instance(instance_id, fetch_large=False)
        if instance is None or instance.runtime_status not in UNFINISHED:
            return
        if not terminated:
            await call.hub.terminate(instance_id, REPLACED)
            terminated = True
        await asyncio.sleep(REPLACE_POLL_SECONDS)


async def _started(call: ApiCall, instance_id: str) -> web.Response:
    timeout, interval = call.query.seconds("timeout"), call.query.seconds("pollingInterval")
    if timeout is None or interval is None:
        return _accepted(call, instance_id)
    if interval > timeout:
        return response.error(
            400, f"Total timeout {timeout:g} should be bigger than retry timeout {interval:g}"
        )
    return await _completed(call, instance_id, timeout, interval)


async def _completed(
    call: ApiCall, instance_id: str, seconds: float, interval: float
) -> web.Response:
    deadline = time.monotonic() + seconds
    while True:
        instance = await call.hub.instance(instance_id)
        if instance is not None and instance.runtime_status == "Completed":
            return response.json_value(200, parse_or_text(instance.output))
        if instance is not None and instance.runtime_status not in UNFINISHED:
            return await instances.show(call, instance_id)
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            return _accepted(call, instance_id)
        await asyncio.sleep(min(interval, remaining))


def _accepted(call: ApiCall, instance_id: str) -> web.Response:
    links = call.links.of(instance_id)
    location = {"Location": links["statusQueryGetUri"], "Retry-After": START_POLL_SECONDS}
    return response.json_value(202, links, location)


def _bad_restart(text: str, parameter: str | None = None) -> web.Response:
    message = f"{text} (Parameter '{parameter}')" if parameter else text
    return response.error(
        400,
        "InstanceId does not match a valid orchestration instance.",
        ("System.ArgumentException", message),
    )
