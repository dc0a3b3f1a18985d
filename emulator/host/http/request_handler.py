"""The handler of every HTTP request: readiness, keys, route, call, response. A hot path."""

import logging
from collections.abc import Mapping

from aiohttp import web

from emulator.host.configuration import host_json
from emulator.host.errors import FunctionFailed
from emulator.host.functions.function import FunctionInfo
from emulator.host.functions.worker import Worker
from emulator.host.host import Host
from emulator.host.http import messages
from emulator.host.http.access import Access
from emulator.host.http.admin_api import AdminApi
from emulator.host.keys.keys import Keys

READY_SECONDS = 30.0
ADMIN = "/admin/"
EXTENSION = "/runtime/webhooks/durabletask/"
NOT_RUNNING = "Function host is not running."

log = logging.getLogger("Host.Http")


class RequestHandler:
    """Answers the requests to one site."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._access = Access(host.keyring)
        self._admin = AdminApi(host, self._access)
        custom = host_json.section(host.app.document, "extensions", "http", "customHeaders")
        self._headers = custom if isinstance(custom, Mapping) else {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request to the public address, with the headers that host.json adds."""
        answer = await self._answer(request)
        if not answer.prepared:
            for name, value in self._headers.items():
                answer.headers.setdefault(name, str(value))
        return answer

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        start = path[: len(EXTENSION)].lower()
        try:
            if start.startswith(ADMIN):
                return await self._admin.handle(request, path)
            if not await self._host.ready(READY_SECONDS):
                return web.Response(status=503, text=NOT_RUNNING)
            if start == EXTENSION:
                return await self._durable(request, path[len(EXTENSION) :])
            return await self._function(request, path)
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)

    async def handle_rpc(self, request: web.Request) -> web.StreamResponse:
        """Answer a request of the app's own durable client, which needs no key."""
        path = request.raw_path.partition("?")[0]
        extension = self._host.extension
        if extension is None or not path.startswith("/durabletask/"):
            return web.Response(status=404)
        return await extension.handle(request, path.removeprefix("/durabletask/"))

    async def _durable(self, request: web.Request, tail: str) -> web.StreamResponse:
        extension = self._host.extension
        if extension is None:
            return web.Response(status=404)
        if not await self._access.granted(request, Keys.opening_extension):
            return web.Response(status=401)
        return await extension.handle(request, tail)

    async def _function(self, request: web.Request, path: str) -> web.StreamResponse:
        app = self._host.app
        found = app.routes.find(request.method, path)
        if found is None or app.worker is None:
            return self._home() if path == "/" else web.Response(status=404)
        function = found[0].function
        if function.auth_level != "anonymous" and not await self._access.granted(
            request, lambda keys: keys.opening(str(function.auth_level), function.name)
        ):
            return web.Response(status=401)
        return await _call(app.worker, function, request, found[1])

    def _home(self) -> web.Response:
        if self._host.app.settings.get("AzureWebJobsDisableHomepage", "").lower() == "true":
            return web.Response(status=204)
        text = f"<!DOCTYPE html><title>{self._host.site}</title><p>The function app is running.</p>"
        return web.Response(text=text, content_type="text/html")


async def _call(
    worker: Worker, function: FunctionInfo, request: web.Request, values: Mapping[str, str]
) -> web.Response:
    converted = await messages.to_function(request, values)
    try:
        return messages.to_client(await worker.call_http(function.name, converted))
    except FunctionFailed as error:
        log.exception("%s failed", function.name, exc_info=error.__cause__)
    except ValueError:
        log.exception("%s returned an invalid response", function.name)
    return web.Response(status=500)
