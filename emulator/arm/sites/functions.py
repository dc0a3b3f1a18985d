"""The functions of a site, read from the admin API of its running host."""

from typing import Any

import aiohttp

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.errors import AppServiceError, not_found
from emulator.arm.requests.call import SITE, Call, Reply, route
from emulator.arm.sites import placement
from emulator.arm.sites.keys import host_keys
from emulator.arm.sites.sites import require
from emulator.processes.ports import LOOPBACK

_FUNCTIONS = SITE + "/functions"
_TIMEOUT = aiohttp.ClientTimeout(total=10)


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


async def _ask_host(cloud: Cloud, site: Document) -> list[dict[str, Any]]:
    placed = placement.read(cloud.store, site["id"])
    if placed.package is None or not site["enabled"]:
        return []
    url = f"http://{LOOPBACK}:{placed.port}/admin/functions"
    headers = {"x-functions-key": (await host_keys(cloud, site))["masterKey"]}
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(url, headers=headers) as answer,
        ):
            answer.raise_for_status()
            functions: list[dict[str, Any]] = await answer.json()
            return functions
    except (aiohttp.ClientError, TimeoutError) as error:
        message = "Encountered an error (ServiceUnavailable) from host runtime."
        raise AppServiceError(400, "BadRequest", message) from error


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
