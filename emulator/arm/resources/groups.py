"""Resource groups: create, get, and delete with all their resources."""

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.errors import bad_request, group_not_found
from emulator.arm.requests import operations
from emulator.arm.requests.call import GROUP, SUBSCRIPTION, Call, Reply, route
from emulator.arm.sites.sites import remove_site

_GROUPS = SUBSCRIPTION + "/resourceGroups"


def require(cloud: Cloud, call: Call) -> Document:
    """Return the resource group of a call. Raises 404 if it does not exist."""
    group = cloud.store.get(call.scope(GROUP))
    if group is None:
        raise group_not_found(call.names["group"])
    return group


async def _create(cloud: Cloud, call: Call) -> Reply:
    content = call.content()
    if not content.get("location"):
        raise bad_request(
            "The location property is required for this definition.", "LocationRequired"
        )
    existing = cloud.store.get(call.scope(GROUP))
    group = {
        "id": call.scope(GROUP),
        "name": call.names["group"],
        "type": "Microsoft.Resources/resourceGroups",
        "location": content["location"],
        "tags": content.get("tags") or {},
        "properties": {"provisioningState": "Succeeded"},
    }
    cloud.store.put(call.scope(GROUP), group)
    return Reply(200 if existing else 201, group)


async def _get(cloud: Cloud, call: Call) -> Reply:
    return Reply(body=require(cloud, call))


async def _exists(cloud: Cloud, call: Call) -> Reply:
    return Reply(204 if cloud.store.get(call.scope(GROUP)) else 404)


async def _list(cloud: Cloud, call: Call) -> Reply:
    return Reply(body={"value": cloud.store.children(call.scope(_GROUPS))})


async def _delete(cloud: Cloud, call: Call) -> Reply:
    require(cloud, call)
    web = call.scope(GROUP) + "/providers/Microsoft.Web"
    for site in cloud.store.children(f"{web}/sites"):
        await remove_site(cloud, site)
    cloud.store.delete(call.scope(GROUP))
    operation = operations.begin(cloud, call.effect)
    poll = f"{call.base_url}{call.scope(SUBSCRIPTION)}/operationResults/{operation}"
    headers = {"Location": f"{poll}?api-version={call.api_version}", "Retry-After": "1"}
    return Reply(202, headers=headers)


ROUTES = [
    route("GET", _GROUPS, _list),
    route("PUT", GROUP, _create),
    route("GET", GROUP, _get),
    route("HEAD", GROUP, _exists),
    route("DELETE", GROUP, _delete),
]
