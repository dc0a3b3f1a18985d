"""Starting instances."""

import asyncio
import uuid
from collections.abc import Mapping

from aiohttp import web

from emulator.durable.api import waits
from emulator.durable.api.exchange import json_body, response
from emulator.durable.api.exchange.api_call import ApiCall
from emulator.durable.dotnet.json_reader import BadJsonError
from emulator.engine.model.instance import UNFINISHED, InstanceExistsError

REPLACE_POLL_SECONDS = 0.1
REPLACED = "A new instance with the same instance ID was requested"


async def start(call: ApiCall, name: str, instance_id: str | None) -> web.Response:
    """Start an orchestration with the request body as its unchanged input.

    The start of an orchestrator that the app does not have returns 202 and fails afterwards, that
    of a disabled one is refused.
    """
    if call.catalog.orchestrators.is_disabled(name):
        return response.error(400, call.catalog.orchestrators.not_found_text(name))
    text = await call.text() or None
    try:
        if text is not None and text.strip():
            json_body.parse(text)
    except BadJsonError as error:
        return response.error(400, "Invalid JSON content", (json_body.ERROR_TYPE, str(error)))
    new_id = instance_id or uuid.uuid4().hex
    try:
        await create(call, new_id, name, call.query.text("version"), text)
    except InstanceExistsError as error:
        return response.error(409, str(error))
    return await waits.started(call, new_id)


async def create(
    call: ApiCall,
    instance_id: str,
    name: str,
    version: str | None,
    value: str | None,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Start an instance, replacing one that may be replaced. Raises InstanceExistsError."""
    replaceable = call.settings.replaceable
    if replaceable >= UNFINISHED:
        await _terminate_running(call, instance_id)
    await call.hub.create(
        instance_id=instance_id,
        name=name,
        version=call.settings.versions.default if version is None else version,
        input=value,
        replaceable=replaceable,
        tags=tags,
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
