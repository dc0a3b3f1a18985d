"""The functions of a site, read from the admin API of its running host."""

from typing import Any

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.errors import not_found
from emulator.arm.requests.call import SITE, Call, Reply, route
from emulator.arm.sites.keys import ask_host
from emulator.arm.sites.sites import require

_FUNCTIONS = SITE + "/functions"


async def _list(cloud: Cloud, call: Call) -> Reply:
    site = require(cloud, call)
    functions = await _ask_host(cloud, site)
    return Reply(body={"value": [_envelope(site, function) for function in functions]})


async def _get(cloud: Cloud, call: Call) -> Reply:
    site, name = require(cloud, call), call.names["function"]
    for function in await _ask_host(cloud, site):
        if function["name"].lower() == name.lower():
            return Reply(body=_envelope(site, function))
    raise not_found("Microsoft.Web/sites/functions", f"{site['name']}/{name}", call.names["group"])


async def _sync_triggers(cloud: Cloud, call: Call) -> Reply:
    """Answer a sync of the triggers, for which the host has to be asked for its functions."""
    await _ask_host(cloud, require(cloud, call))
    return Reply(204)


async def _ask_host(cloud: Cloud, site: Document) -> list[dict[str, Any]]:
    functions: list[dict[str, Any]] = await ask_host(cloud, site, "GET", "/admin/functions") or []
    return functions


def _envelope(site: Document, function: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{site['id']}/functions/{function['name']}",
        "name": f"{site['name']}/{function['name']}",
        "type": "Microsoft.Web/sites/functions",
        "location": site["location"],
        "properties": {**function, "function_app_id": site["id"]},
    }


ROUTES = [
    route("POST", SITE + "/syncfunctiontriggers", _sync_triggers),
    route("POST", SITE + "/host/default/sync", _sync_triggers),
    route("GET", _FUNCTIONS, _list),
    route("GET", _FUNCTIONS + "/{function}", _get),
]
