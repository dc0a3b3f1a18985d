"""Starting an orchestrator again with the input of one of its instances."""

import unicodedata
import uuid

from aiohttp import web

from emulator.durable.api import waits
from emulator.durable.api.exchange import response
from emulator.durable.api.exchange.api_call import ApiCall
from emulator.durable.api.starts import create
from emulator.durable.dotnet.json_text import CommentInJsonError, compact, parse_or_text
from emulator.engine.model.instance import Instance, InstanceExistsError

SOURCE_TAG = "MS_DurableFunctions_SourceInstanceId"
_NEW_ID = "(Parameter 'newInstanceId')"


async def restart(call: ApiCall, instance_id: str) -> web.Response:
    """Start the instance again, by default with a new id that is made up."""
    with_new_id = call.query.flag("restartWithNewInstanceId", default=True)
    return await _restart(call, instance_id, uuid.uuid4().hex if with_new_id else instance_id)


async def restart_with_options(call: ApiCall, instance_id: str) -> web.Response:
    """Start the instance again with an id that the caller chooses."""
    new_id = call.query.text("newInstanceId") or ""
    problem = _problem_of(new_id)
    return response.error(400, problem) if problem else await _restart(call, instance_id, new_id)


def _problem_of(new_id: str) -> str | None:
    if not new_id.strip():
        return "A new orchestration instance ID must be provided."
    if new_id.startswith("@"):
        return f"Orchestration instance IDs must not start with @. {_NEW_ID}"
    if any(each in "/\\#?" or unicodedata.category(each) == "Cc" for each in new_id):
        forbidden = r"/, \, #, ?, or control characters"
        return f"Orchestration instance IDs must not contain {forbidden}. {_NEW_ID}"
    return None


async def _restart(call: ApiCall, instance_id: str, new_id: str) -> web.Response:
    instance = await call.hub.instance(instance_id)
    if instance is None:
        return _refused(f"No instance with ID '{instance_id}' was found. (Parameter 'instanceId')")
    if instance.name not in call.catalog.orchestrators:
        return _refused(call.catalog.orchestrators.not_found_text(instance.name))
    tags = {SOURCE_TAG: instance_id} if new_id != instance_id else None
    try:
        await create(call, new_id, instance.name, None, _same_input(instance), tags)
    except InstanceExistsError as error:
        return response.error(
            409,
            "A non-terminal instance with this instance ID already exists.",
            ("DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException", str(error)),
        )
    return await waits.started(call, new_id)


def _same_input(instance: Instance) -> str | None:
    try:
        return None if instance.input is None else compact(parse_or_text(instance.input))
    except CommentInJsonError:
        return instance.input


def _refused(text: str) -> web.Response:
    return response.error(
        400,
        "InstanceId does not match a valid orchestration instance.",
        ("System.ArgumentException", text),
    )
