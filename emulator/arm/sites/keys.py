"""The keys of a site's host, read from the blobs in which the host stores them, or set by it."""

import json
from typing import Any

import aiohttp
from azure.core.exceptions import AzureError
from azure.storage.blob.aio import BlobClient

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.errors import AppServiceError
from emulator.arm.requests.call import SITE, Call, Reply, route
from emulator.arm.sites import placement, runtime
from emulator.arm.sites.sites import require
from emulator.host.keys import document
from emulator.host.keys.keys import HOST, Keys
from emulator.processes.ports import LOOPBACK

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_CONTAINER = "azure-webjobs-secrets"


async def host_keys(cloud: Cloud, site: Document) -> dict[str, Any]:
    """Return `masterKey`, `functionKeys` and `systemKeys`.

    Raises App Service's error while no host has run yet.
    """
    keys = document.with_keys(Keys(), HOST, await _secrets(cloud, site, HOST))
    return {"masterKey": keys.master, "functionKeys": keys.functions, "systemKeys": keys.systems}


async def ask_host(cloud: Cloud, site: Document, method: str, path: str, body: Any = None) -> Any:
    """Return the answer of the site's host to a request with the master key, None without a host.

    Raises App Service's error while the host does not answer.
    """
    placed = placement.read(cloud.store, site["id"])
    if placed.package is None or not site["enabled"]:
        return None
    headers = {"x-functions-key": (await host_keys(cloud, site))["masterKey"]}
    url = f"http://{LOOPBACK}:{placed.port}{path}"
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.request(method, url, headers=headers, json=body) as answer,
        ):
            answer.raise_for_status()
            return await answer.json()
    except (aiohttp.ClientError, TimeoutError) as error:
        message = "Encountered an error (ServiceUnavailable) from host runtime."
        raise AppServiceError(400, "BadRequest", message) from error


async def _secrets(cloud: Cloud, site: Document, name: str) -> dict[str, Any]:
    connection = runtime.settings(cloud, site).get("AzureWebJobsStorage") or cloud.storage
    try:
        async with BlobClient.from_connection_string(
            connection, _CONTAINER, f"{site['name']}/{name}.json", retry_total=1
        ) as blob:
            found: dict[str, Any] = json.loads(await (await blob.download_blob()).readall())
            return found
    except (AzureError, ValueError) as error:
        message = "Encountered an error (ServiceUnavailable) from host runtime."
        raise AppServiceError(400, "BadRequest", message) from error


async def _list_host_keys(cloud: Cloud, call: Call) -> Reply:
    return Reply(body=await host_keys(cloud, require(cloud, call)))


async def _list_function_keys(cloud: Cloud, call: Call) -> Reply:
    site = require(cloud, call)
    keys = await _secrets(cloud, site, call.names["function"].lower())
    return Reply(body={"properties": document.named(keys["keys"])})


async def _put_system_key(cloud: Cloud, call: Call) -> Reply:
    site, name = require(cloud, call), call.names["key"]
    content = call.content()
    value = (content.get("properties") or content).get("value")
    key = {"name": name, "value": value}
    await ask_host(cloud, site, "PUT", f"/admin/host/systemkeys/{name}", key)
    return Reply(201, {"properties": key})


ROUTES = [
    route("PUT", SITE + "/host/default/systemkeys/{key}", _put_system_key),
    route("POST", SITE + "/host/default/listkeys", _list_host_keys),
    route("POST", SITE + "/functions/{function}/listkeys", _list_function_keys),
]
