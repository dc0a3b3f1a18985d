"""App Service plans (`serverfarms`). A Flex Consumption plan hosts a single app."""

from typing import Any

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.errors import bad_request, conflict, group_not_found, not_found
from emulator.arm.requests import operations
from emulator.arm.requests.call import GROUP, PLAN, SUBSCRIPTION, WEB, Call, Reply, route

_TYPE = "Microsoft.Web/serverfarms"


def is_flex(plan: Document) -> bool:
    """Return True if this is a Flex Consumption plan."""
    return bool(plan["sku"].get("name") == "FC1" or plan["sku"].get("tier") == "FlexConsumption")


def sites_on(cloud: Cloud, plan_id: str) -> list[Document]:
    """Return the sites of a plan, which are in its resource group."""
    group = plan_id.lower().partition("/providers/")[0]
    sites = cloud.store.children(f"{group}/providers/Microsoft.Web/sites")
    return [s for s in sites if s["properties"]["serverFarmId"].lower() == plan_id.lower()]


async def _create(cloud: Cloud, call: Call) -> Reply:
    content = call.content()
    if cloud.store.get(call.scope(GROUP)) is None:
        raise group_not_found(call.names["group"])
    for required in ("location", "sku"):
        if not content.get(required):
            raise bad_request(f"The parameter {required} has an invalid value.")
    plan = {
        "id": call.scope(PLAN),
        "name": call.names["plan"],
        "type": _TYPE,
        "kind": content.get("kind", "app"),
        "location": content["location"],
        "tags": content.get("tags") or {},
        "sku": content["sku"],
        "properties": {
            **(content.get("properties") or {}),
            "status": "Ready",
            "resourceGroup": call.names["group"],
            "geoRegion": content["location"],
        },
        # Plans are created at once. Only the state shows an operation that a fault asked for.
        "operation": operations.begin(cloud, call.effect) if call.effect else None,
    }
    cloud.store.put(call.scope(PLAN), plan)
    return Reply(body=_view(cloud, plan))


async def _update(cloud: Cloud, call: Call) -> Reply:
    plan, content = _require(cloud, call), call.content()
    plan["tags"] = content.get("tags", plan["tags"])
    plan["properties"] |= content.get("properties") or {}
    cloud.store.put(plan["id"], plan)
    return Reply(body=_view(cloud, plan))


async def _get(cloud: Cloud, call: Call) -> Reply:
    return Reply(body=_view(cloud, _require(cloud, call)))


async def _delete(cloud: Cloud, call: Call) -> Reply:
    if cloud.store.get(call.scope(GROUP)) is None:
        raise group_not_found(call.names["group"])
    plan = cloud.store.get(call.scope(PLAN))
    if plan is None:
        return Reply(204)
    if names := [site["name"] for site in sites_on(cloud, plan["id"])]:
        raise conflict(
            f"Server farm '{plan['name']}' cannot be deleted because it has web app(s) "
            f"{', '.join(names)} assigned to it."
        )
    cloud.store.delete(plan["id"])
    return Reply(200)


async def _list_of_group(cloud: Cloud, call: Call) -> Reply:
    return _listed(cloud, call.scope(WEB))


async def _list_of_subscription(cloud: Cloud, call: Call) -> Reply:
    return _listed(cloud, call.scope(SUBSCRIPTION) + "/resourceGroups/*/providers/Microsoft.Web")


def _listed(cloud: Cloud, scope: str) -> Reply:
    plans = cloud.store.matching(f"{scope}/serverfarms/*")
    return Reply(body={"value": [_view(cloud, plan) for plan in plans]})


def _require(cloud: Cloud, call: Call) -> Document:
    plan = cloud.store.get(call.scope(PLAN))
    if plan is None:
        raise not_found(_TYPE, call.names["plan"], call.names["group"])
    return plan


def _view(cloud: Cloud, plan: Document) -> dict[str, Any]:
    computed = {
        "provisioningState": operations.state(cloud, plan["operation"]),
        "numberOfSites": len(sites_on(cloud, plan["id"])),
    }
    shown = {name: plan[name] for name in plan if name != "operation"}
    return {**shown, "properties": {**plan["properties"], **computed}}


ROUTES = [
    route("PUT", PLAN, _create),
    route("PATCH", PLAN, _update),
    route("GET", PLAN, _get),
    route("DELETE", PLAN, _delete),
    route("GET", WEB + "/serverfarms", _list_of_group),
    route("GET", SUBSCRIPTION + "/providers/Microsoft.Web/serverfarms", _list_of_subscription),
]
