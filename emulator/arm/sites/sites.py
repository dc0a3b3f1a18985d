"""Function apps (`sites`): create, get, update, list, delete."""

import asyncio
import shutil
import zlib
from typing import Any

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.errors import AppServiceError, conflict, group_not_found, not_found
from emulator.arm.requests import operations
from emulator.arm.requests.call import (
    ANYWHERE,
    GROUP,
    PLAN,
    SITE,
    SUBSCRIPTION,
    WEB,
    Call,
    Reply,
    route,
)
from emulator.arm.sites import placement
from emulator.arm.sites.plans import is_flex, sites_on
from emulator.arm.sites.runtime import write_settings
from emulator.arm.sites.site_view import TYPE, check, settings_in, show


def require(cloud: Cloud, call: Call) -> Document:
    """Return the site of a call. Raises 404 if it does not exist."""
    site = cloud.store.get(call.scope(SITE))
    if site is None:
        raise not_found(TYPE, call.names["site"], call.names["group"])
    return site


def require_created(cloud: Cloud, call: Call) -> Document:
    """Return the site of a call. Raises 404 if it does not exist, 409 while it is not created."""
    site = require(cloud, call)
    if (state := _creation(cloud, site)) != "Succeeded":
        raise conflict(f"The site '{site['name']}' cannot be changed: its creation is {state}.")
    return site


def view(cloud: Cloud, site: Document) -> dict[str, Any]:
    """Return the control plane's representation of a site."""
    port = placement.read(cloud.store, site["id"]).port
    return show(site, port, _creation(cloud, site))


async def remove_site(cloud: Cloud, site: Document) -> None:
    """Delete a site, its process and its files, but not its storage."""
    cloud.store.delete(site["id"])
    await cloud.hosting.stop(site["name"])
    await asyncio.to_thread(
        shutil.rmtree, cloud.packages / site["name"].lower(), ignore_errors=True
    )


async def _create(cloud: Cloud, call: Call) -> Reply:
    if cloud.store.get(call.scope(GROUP)) is None:
        raise group_not_found(call.names["group"])
    content, existing = call.content(), cloud.store.get(call.scope(SITE))
    _check(cloud, call, content, existing)
    if existing is not None and _creation(cloud, existing) == "InProgress":
        return _accepted(cloud, call, existing)
    site = _document(call, content, existing)
    cloud.store.put(site["id"], site)
    if (settings := settings_in(content)) is not None:
        write_settings(cloud, site, settings)
    if existing is not None and _creation(cloud, existing) == "Succeeded":
        return Reply(body=view(cloud, site))
    _place(cloud, site, operations.begin(cloud, call.effect))
    if call.effect == "fail-provisioning":
        return Reply(body=view(cloud, site))
    return _accepted(cloud, call, site)


def _check(cloud: Cloud, call: Call, content: dict[str, Any], existing: Document | None) -> None:
    plan_id = (content.get("properties") or {}).get("serverFarmId") or ""
    plan = cloud.store.get(plan_id)
    flex = plan is not None and is_flex(plan)
    check(call.names["site"], content, plan, flex)
    name = call.names["site"]
    elsewhere = cloud.store.matching(f"{ANYWHERE}/sites/{name}")
    if existing is None and elsewhere:
        message = f"Website with given name {name} already exists."
        raise AppServiceError(409, "Conflict", message, "54001")
    others = [site for site in sites_on(cloud, plan_id) if site["name"].lower() != name.lower()]
    if flex and others:
        raise AppServiceError(
            409, "Conflict", "A Flex Consumption plan can host one function app only.", "51025"
        )


def _document(call: Call, content: dict[str, Any], existing: Document | None) -> Document:
    properties = dict(content["properties"])
    properties.pop("siteConfig", None)
    site: Document = {
        "id": call.scope(SITE),
        "name": call.names["site"],
        "type": TYPE,
        "kind": content.get("kind", "app"),
        "location": content["location"],
        "tags": content.get("tags") or {},
        "properties": {**properties, "resourceGroup": call.names["group"]},
        "enabled": existing["enabled"] if existing else True,
    }
    return {**site, "identity": content["identity"]} if content.get("identity") else site


def _place(cloud: Cloud, site: Document, operation: str) -> None:
    known = cloud.store.get(f"{site['id']}/placement")
    # Derived from the name, so that an app which is created again has the same address.
    preferred = 20_000 + zlib.crc32(site["name"].lower().encode()) % 12_000
    port = known["port"] if known else cloud.hosting.reserve(site["name"], preferred)
    placement.write(cloud.store, site["id"], placement.Placement(port, operation))


def _accepted(cloud: Cloud, call: Call, site: Document) -> Reply:
    operation = placement.read(cloud.store, site["id"]).operation or ""
    return Reply(202, view(cloud, site), operations.headers(call, operation))


def _creation(cloud: Cloud, site: Document) -> str:
    return operations.state(cloud, placement.read(cloud.store, site["id"]).operation)


async def _get(cloud: Cloud, call: Call) -> Reply:
    return Reply(body=view(cloud, require(cloud, call)))


async def _update(cloud: Cloud, call: Call) -> Reply:
    site, content = require_created(cloud, call), call.content()
    if (settings := settings_in(content)) is not None:
        write_settings(cloud, site, settings)
    changes = {k: v for k, v in (content.get("properties") or {}).items() if k != "siteConfig"}
    site["properties"] |= changes
    site["tags"] = content.get("tags", site["tags"])
    cloud.store.put(site["id"], site)
    return Reply(body=view(cloud, site))


async def _delete(cloud: Cloud, call: Call) -> Reply:
    if cloud.store.get(call.scope(GROUP)) is None:
        raise group_not_found(call.names["group"])
    site = cloud.store.get(call.scope(SITE))
    if site is None:
        return Reply(204)
    await remove_site(cloud, site)
    plan_id = site["properties"]["serverFarmId"]
    keep_plan = call.query.get("deleteEmptyServerFarm", "true").lower() == "false"
    if not keep_plan and not sites_on(cloud, plan_id):
        cloud.store.delete(plan_id)
    return Reply(200)


async def _list_of_group(cloud: Cloud, call: Call) -> Reply:
    return _listed(cloud, call.scope(WEB))


async def _list_of_subscription(cloud: Cloud, call: Call) -> Reply:
    return _listed(cloud, call.scope(SUBSCRIPTION) + "/resourceGroups/*/providers/Microsoft.Web")


async def _list_of_plan(cloud: Cloud, call: Call) -> Reply:
    sites = sites_on(cloud, call.scope(PLAN))
    return Reply(body={"value": [view(cloud, site) for site in sites]})


def _listed(cloud: Cloud, scope: str) -> Reply:
    sites = cloud.store.matching(f"{scope}/sites/*")
    return Reply(body={"value": [view(cloud, site) for site in sites]})


ROUTES = [
    route("PUT", SITE, _create),
    route("PATCH", SITE, _update),
    route("GET", SITE, _get),
    route("DELETE", SITE, _delete),
    route("GET", PLAN + "/sites", _list_of_plan),
    route("GET", WEB + "/sites", _list_of_group),
    route("GET", SUBSCRIPTION + "/providers/Microsoft.Web/sites", _list_of_subscription),
]
