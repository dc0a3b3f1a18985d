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
    functions = await ask_functions(cloud, site)
    return Reply(body={"value": [_envelope(site, function) for function in functions]})


async def _get(cloud: Cloud, call: Call) -> Reply:
    site, name = require(cloud, call), call.names["function"]
    for function in await ask_functions(cloud, site):
        if function["name"].lower() == name.lower():
            return Reply(body=_envelope(site, function))
    raise not_found("Microsoft.Web/sites/functions", f"{site['name']}/{name}", call.names["group"])


async def ask_functions(cloud: Cloud, site: Document) -> list[dict[str, Any]]:
    """Return the functions that the site's host knows, empty without a host."""
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
    route("GET", _FUNCTIONS, _list),
    route("GET", _FUNCTIONS + "/{function}", _get),
]
