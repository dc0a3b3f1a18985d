"""The handler of every HTTP request: readiness, keys, route, call, answer. A hot path."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from emulator.host.configuration import host_json
from emulator.host.errors import FunctionFailed
from emulator.host.functions.function import FunctionInfo
from emulator.host.functions.worker import Worker
from emulator.host.host import Host
from emulator.host.http import access, messages
from emulator.host.http.access import Access
from emulator.host.http.admin_api import AdminApi
from emulator.host.kestrel.answer import Answer
from emulator.host.kestrel.request import Request

READY_SECONDS = 30.0
ADMIN = "/admin/"
WEBHOOKS = "/runtime/webhooks/"
EXTENSION = "/runtime/webhooks/durabletask"
RPC = "/durabletask/"
NOT_RUNNING = Answer(503, b"Function host is not running.")
NOT_FOUND = Answer(404)
FAILED = Answer(500)

log = logging.getLogger("Host.Http")


class RequestHandler:
    """Answers the requests to one site."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._access = Access(host.keyring)
        self._admin = AdminApi(host, self._access)
        custom = host_json.section(host.app.document, "extensions", "http", "customHeaders")
        self._headers = (
            [(str(name), str(value)) for name, value in custom.items()]
            if isinstance(custom, Mapping)
            else []
        )

    async def handle(self, request: Request) -> Answer:
        """Answer a request to the public address, with the headers that host.json adds."""
        answer = await self._answer(request)
        given = {name.lower() for name, _ in answer.headers}
        more = [each for each in self._headers if each[0].lower() not in given]
        return replace(answer, headers=[*answer.headers, *more]) if more else answer

    async def _answer(self, request: Request) -> Answer:
        if not request.host:
            return FAILED
        start = request.path[: len(EXTENSION)].lower()
        if start.startswith(ADMIN):
            answer = await self._admin.handle(request)
            if answer is not None:
                return answer
        if not await self._host.ready(READY_SECONDS):
            return NOT_RUNNING
        if start.startswith(WEBHOOKS):
            return await self._webhook(request)
        return await self._function(request)

    async def handle_rpc(self, request: Request) -> Answer:
        """Answer a request of the app's own durable client, which needs no key."""
        extension = self._host.extension
        if extension is None or not request.path.startswith(RPC):
            return NOT_FOUND
        return _from_extension(await extension.handle(request, request.path.removeprefix(RPC)))

    async def _webhook(self, request: Request) -> Answer:
        base, tail = request.path[: len(EXTENSION)], request.path[len(EXTENSION) :]
        is_extension = base.lower() == EXTENSION and tail[:1] in {"", "/"}
        allowed = access.EXTENSION if is_extension else access.ADMIN
        if refused := await self._access.refusal(request, allowed):
            return refused
        extension = self._host.extension
        if extension is None or not is_extension:
            return NOT_FOUND
        return _from_extension(await extension.handle(request, tail.removeprefix("/")))

    async def _function(self, request: Request) -> Answer:
        app = self._host.app
        found = app.routes.find(request.method, request.path)
        if found is None or app.worker is None:
            return self._home() if request.path == "/" else NOT_FOUND
        route, values = found
        if refused := await self._access.refusal_of(request, route.function):
            return refused
        if route.function.name in app.disabled and not await self._access.is_admin(request):
            return NOT_FOUND
        return await _call(app.worker, route.function, request, values)

    def _home(self) -> Answer:
        if self._host.app.settings.get("AzureWebJobsDisableHomepage", "").lower() == "true":
            return Answer(204)
        text = f"<!DOCTYPE html><title>{self._host.site}</title><p>The function app is running.</p>"
        return Answer(200, text.encode(), [("Content-Type", "text/html")])


async def _call(
    worker: Worker, function: FunctionInfo, request: Request, values: Mapping[str, str]
) -> Answer:
    call = messages.to_function(request, dict(values))
    body = await messages.body_for_function(request)
    try:
        return messages.to_client(await worker.call_http(function.name, call, body))
    except FunctionFailed as error:
        log.exception("%s failed", function.name, exc_info=error.__cause__)
    except ValueError:
        log.exception("%s returned an invalid response", function.name)
    return FAILED


def _from_extension(response: web.Response) -> Answer:
    """Return the answer of the durable extension, which uses aiohttp's responses as values.

    The host drops its empty headers.
    """
    body = response.body
    data = bytes(body) if isinstance(body, bytes | bytearray | memoryview) else b""
    return Answer(response.status, data, [each for each in response.headers.items() if each[1]])
