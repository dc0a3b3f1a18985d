"""The admin API of keys: list, read, set, generate and remove the keys of a site.

The caller has checked the master key.
"""

import json
from collections.abc import Mapping, Sequence

from aiohttp import web

from emulator.host.host import Host
from emulator.host.keys.keys import HOST, MASTER, new_key

BAD_VALUE = "Invalid key value"
BAD_NAME = "Invalid key name."


class KeysApi:
    """Answers /admin/…/keys of one site."""

    def __init__(self, host: Host) -> None:
        self._app = host.app
        self._keyring = host.keyring

    async def of_function(
        self, request: web.Request, function: str, rest: Sequence[str]
    ) -> web.Response:
        """Answer /admin/functions/{function}/keys[/{name}]."""
        keys = self._keyring.keys.own.get(function.lower())
        if keys is None:
            return web.Response(status=404)
        return await self._answer(request, function.lower(), "keys", keys, rest)

    async def of_host(self, request: web.Request, scope: str, rest: Sequence[str]) -> web.Response:
        """Answer /admin/host/{keys|functionkeys|systemkeys}[/{name}]."""
        keys = self._keyring.keys
        if rest == [MASTER]:
            return await self._master(request)
        if scope == "systemkeys":
            return await self._answer(request, HOST, "systemKeys", keys.systems, rest)
        return await self._answer(request, HOST, "functionKeys", keys.functions, rest)

    async def _answer(
        self,
        request: web.Request,
        document: str,
        group: str,
        keys: Mapping[str, str],
        rest: Sequence[str],
    ) -> web.Response:
        match request.method, *rest:
            case ["GET"]:
                listed = [_key(name, value) for name, value in keys.items()]
                return web.json_response({"keys": listed, "links": []})
            case "GET", name if name in keys:
                return web.json_response(_key(name, keys[name]))
            case "PUT" | "POST", name:
                value = await _value(request)
                if not value:
                    return web.Response(status=400, text=BAD_VALUE)
                made = await self._keyring.put(document, group, name, value)
                return web.json_response(_key(name, value), status=201 if made else 200)
            case "DELETE", name:
                if name.startswith("_"):
                    return web.Response(status=400, text=BAD_NAME)
                removed = await self._keyring.remove(document, group, name)
                return web.Response(status=204 if removed else 404)
        return web.Response(status=404)

    async def _master(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.json_response(_key(MASTER, self._keyring.keys.master))
        if request.method not in {"PUT", "POST"}:
            return web.Response(status=400, text=BAD_NAME)
        value = await _value(request)
        if not value:
            return web.Response(status=400, text=BAD_VALUE)
        await self._keyring.put_master(value)
        return web.json_response(_key(MASTER, value))


async def _value(request: web.Request) -> str | None:
    """Return the value to set: a new one for POST, that of the body for PUT, None without one."""
    if request.method == "POST":
        return new_key()
    try:
        body = json.loads(await request.read())
    except ValueError:
        return None
    value = body.get("value") if isinstance(body, dict) else None
    return value if isinstance(value, str) and value else None


def _key(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}
