"""The configuration of a site: app settings, which restart it, and `config/web`."""

from typing import Any

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.errors import bad_request
from emulator.arm.requests.call import SITE, Call, Reply, route
from emulator.arm.sites.flex import check_flex_settings
from emulator.arm.sites.plans import is_flex
from emulator.arm.sites.runtime import settings, write_settings
from emulator.arm.sites.sites import require, require_created

_SETTINGS = SITE + "/config/appsettings"
_WEB = SITE + "/config/web"


async def _replace_settings(cloud: Cloud, call: Call) -> Reply:
    site = require_created(cloud, call)
    new = call.content().get("properties")
    if not isinstance(new, dict) or not all(isinstance(v, str) for v in new.values()):
        raise bad_request("The parameter properties has an invalid value.")
    plan = cloud.store.get(site["properties"]["serverFarmId"])
    if plan is not None and is_flex(plan):
        check_flex_settings(new)
    write_settings(cloud, site, new)
    return _shown_settings(cloud, site)


async def _list_settings(cloud: Cloud, call: Call) -> Reply:
    return _shown_settings(cloud, require(cloud, call))


def _shown_settings(cloud: Cloud, site: Document) -> Reply:
    return Reply(body=_wrapped(site, "appsettings", settings(cloud, site)))


async def _get_web(cloud: Cloud, call: Call) -> Reply:
    site = require(cloud, call)
    return Reply(body=_wrapped(site, "web", cloud.store.get(call.scope(_WEB)) or {}))


async def _change_web(cloud: Cloud, call: Call) -> Reply:
    site = require_created(cloud, call)
    new = call.content().get("properties") or {}
    known = cloud.store.get(call.scope(_WEB)) or {} if call.method == "PATCH" else {}
    cloud.store.put(call.scope(_WEB), known | new)
    return Reply(body=_wrapped(site, "web", known | new))


def _wrapped(site: Document, name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{site['id']}/config/{name}",
        "name": name,
        "type": "Microsoft.Web/sites/config",
        "location": site["location"],
        "tags": site["tags"],
        "properties": properties,
    }


ROUTES = [
    route("PUT", _SETTINGS, _replace_settings),
    route("POST", _SETTINGS + "/list", _list_settings),
    route("GET", _WEB, _get_web),
    route("PUT", _WEB, _change_web),
    route("PATCH", _WEB, _change_web),
]
