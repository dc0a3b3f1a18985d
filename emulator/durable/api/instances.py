"""Reading, listing and purging instances."""

from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web

from emulator.durable.api import history_view, status_view
from emulator.durable.api.exchange import response
from emulator.durable.api.exchange.api_call import ApiCall
from emulator.engine.model.instance import UNFINISHED, InstanceQuery

CONTINUATION = "x-ms-continuation-token"


async def show(
    call: ApiCall, instance_id: str, *, failure_may_be_error: bool = True
) -> web.Response:
    """Return the status of one instance, or 404 if there is none."""
    instance = await call.hub.instance(instance_id)
    if instance is None:
        return response.empty(404)
    events = None
    if call.query.flag("showHistory", default=False):
        try:
            events = history_view.view(
                await call.hub.history(instance_id),
                with_output=call.query.flag("showHistoryOutput", default=False),
            )
        except history_view.DuplicateKeyError as error:
            return response.error(
                400, response.BAD_ARGUMENT, ("System.ArgumentException", str(error))
            )
    show_input = call.query.flag("showInput", default=True)
    failure_is_error = failure_may_be_error and call.query.flag(
        "returnInternalServerErrorOnFailure", default=False
    )
    code = status_view.code(instance, failure_is_error=failure_is_error)
    headers = {"Location": call.url, "Retry-After": status_view.POLL_SECONDS} if code == 202 else {}
    return response.json_value(
        code, status_view.view(instance, show_input=show_input, events=events), headers
    )


async def list_all(call: ApiCall) -> web.Response:
    """Return one page of instances, with a continuation header unless it is the last one."""
    query = InstanceQuery(
        prefix=call.query.text("instanceIdPrefix"),
        created_from=call.query.time("createdTimeFrom"),
        created_to=call.query.time("createdTimeTo"),
        statuses=call.query.statuses("runtimeStatus"),
    )
    # The real extension projects columns only when there is a filter.
    show_input = call.query.flag("showInput", default=True) or query == InstanceQuery()
    page = replace(
        query,
        top=page_size(call),
        continuation=call.request.headers.get(CONTINUATION) or None,
    )
    instances, token = await call.hub.instances(page)
    views = status_view.views(instances, show_input=show_input)
    return response.json_value(200, views, {CONTINUATION: token} if token else None)


def page_size(call: ApiCall) -> int:
    """Return the number of rows that the caller wants at once."""
    top = call.query.number("top")
    return InstanceQuery().top if top is None else top


async def purge(call: ApiCall, instance_id: str) -> web.Response:
    """Delete one instance, or return 412 while it is unfinished and not an entity."""
    if not instance_id.startswith("@"):
        instance = await call.hub.instance(instance_id)
        if instance is None:
            return response.empty(404)
        if instance.runtime_status in UNFINISHED:
            return response.json_value(
                412,
                "Only orchestrations in a terminal state can be purged, but the orchestration "
                f"with instance ID {instance_id} has status {instance.runtime_status}",
            )
    return response.json_value(200, {"instancesDeleted": await call.hub.purge(instance_id)})


async def purge_matching(call: ApiCall) -> web.Response:
    """Delete the instances created in a period, or return 404 if there are none.

    As in the real extension, a query without a status deletes everything in the period, running or
    not, of all hubs on the same tables.
    """
    created_from = call.query.time("createdTimeFrom")
    if created_from is None:
        return response.json_value(400, "Please provide value for 'createdTimeFrom' parameter.")
    created_to = call.query.time("createdTimeTo") or datetime.now(UTC)
    statuses = call.query.statuses("runtimeStatus")
    count = await call.hub.purge_matching(created_from, created_to, statuses)
    return response.json_value(200, {"instancesDeleted": count}) if count else response.empty(404)
