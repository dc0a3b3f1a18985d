"""The admin API: /admin/… except for the keys."""

import time
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from emulator.host.functions.function import FunctionInfo
from emulator.host.host import Host
from emulator.host.http.access import Access
from emulator.host.http.admin_keys import KeysApi
from emulator.host.keys.keys import Keys

VERSION = "4.0"
VERSION_DETAILS = "4.0 (emulator)"
KEYS_SECONDS = 10.0


class AdminApi:
    """Answers /admin/…, which needs the master key except for ping."""

    def __init__(self, host: Host, access: Access) -> None:
        self._host = host
        self._access = access
        self._keys = KeysApi(host)

    async def handle(self, request: web.Request, path: str) -> web.Response:
        """Answer a request whose undecoded path begins with /admin/."""
        names = [unquote(part) for part in path.split("/")[2:] if part]
        if [name.lower() for name in names] == ["host", "ping"]:
            return web.Response(status=200 if request.method in {"GET", "POST"} else 404)
        if not await self._host.keyring.opened(KEYS_SECONDS):
            return web.Response(status=503, text="The keys of this site are not available yet.")
        if not await self._access.granted(request, Keys.opening_admin):
            return web.Response(status=401)
        return await self._answer(request, names)

    async def _answer(self, request: web.Request, names: list[str]) -> web.Response:
        match request.method, *(name.lower() for name in names):
            case "GET", "host", "status":
                return web.json_response(self._status())
            case "GET", "functions" if self._host.misconfigured:
                return web.Response(status=500)
            case "GET", "functions":
                functions = self._host.app.functions.values()
                return web.json_response([_described(f, request) for f in functions])
            case "GET", "functions", name:
                return self._function(name, request)
            case _, "functions", name, "keys", *_:
                return await self._keys.of_function(request, name, names[3:])
            case _, "host", "keys" | "functionkeys" | "systemkeys" as group, *_:
                return await self._keys.of_host(request, group, names[2:])
        return web.Response(status=404)

    def _status(self) -> dict[str, Any]:
        host = self._host
        status = {
            "id": host.site.lower()[:32],
            "state": host.state,
            "version": VERSION,
            "versionDetails": VERSION_DETAILS,
            "instanceId": host.instance_id,
            "processUptime": round(1000 * (time.monotonic() - host.began)),
        }
        return {**status, "errors": host.errors} if host.errors else status

    def _function(self, name: str, request: web.Request) -> web.Response:
        worker = self._host.app.worker
        function = worker.find(name) if worker else None
        if function is None:
            return web.Response(status=404)
        return web.json_response(_described(function, request))


def _described(function: FunctionInfo, request: web.Request) -> dict[str, Any]:
    base = f"{request.scheme}://{request.host}"
    return {
        "name": function.name,
        "href": f"{base}/admin/functions/{function.name}",
        "language": "python",
        "isDisabled": False,
        "config": {
            "name": function.name,
            "scriptFile": "function_app.py",
            "language": "python",
            "bindings": function.bindings,
        },
    }
