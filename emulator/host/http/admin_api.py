"""The admin API: /admin/… except for the keys."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from emulator.host.host import Host
from emulator.host.http import access, function_view
from emulator.host.http.access import Access
from emulator.host.http.admin_host import HostApi
from emulator.host.http.admin_keys import KeysApi
from emulator.host.http.json_answer import json_answer, text_answer
from emulator.host.kestrel.answer import Answer
from emulator.host.kestrel.request import Request

VERSION = "4.1037.0.0"
COMMIT = "0" * 40  # the real one is that of the host's source
KEYS_SECONDS = 10.0
SYNC_KEY = "WEBSITE_AUTH_ENCRYPTION_KEY"
NOT_CACHED = [("Cache-Control", "no-store,no-cache"), ("Pragma", "no-cache")]

Handler = Callable[[Request], Awaitable[Answer]]


class AdminApi:
    """Answers /admin/…, which needs the master key except for ping."""

    def __init__(self, host: Host, access: Access) -> None:
        self._host = host
        self._access = access
        self._keys = KeysApi(host)
        self._whole = HostApi(host)

    async def handle(self, request: Request) -> Answer | None:
        """Answer a request whose path begins with /admin/, or return None if it is unknown."""
        names = request.path.removesuffix("/").split("/")[2:]
        if request.method in {"GET", "POST"} and _lower(names) == ["host", "ping"]:
            return Answer(200, headers=NOT_CACHED)
        handler = self._handler(request.method, names)
        if handler is None:
            return None
        if not await self._host.keyring.opened(KEYS_SECONDS):
            return text_answer(503, "The keys of this site are not available yet.")
        refused = await self._access.refusal(request, access.ADMIN)
        return refused or await handler(request)

    def _handler(self, method: str, names: list[str]) -> Handler | None:
        match method, *_lower(names):
            case ["GET", "functions"]:
                return self._functions
            case "GET", "functions", name:
                return lambda request: self._function(request, name)
            case "POST", "functions", name:
                return lambda request: self._invoke(request, name)
            case "GET", "functions", name, "status":
                return lambda _: self._function_status(name)
            case _, "functions", _, "keys", *_:
                return lambda request: self._keys.of_function(request, names[1], names[3:])
            case _, "host", "keys" | "functionkeys" | "systemkeys", *_:
                return lambda request: self._keys.of_host(request, names[1].lower(), names[2:])
            case _, "host", *rest:
                return {
                    ("GET", "status"): self._status,
                    ("GET", "config"): self._config,
                    ("POST", "restart"): self._whole.restart,
                    ("POST", "drain"): self._whole.drain,
                    ("GET", "drain", "status"): self._whole.drain_status,
                    ("POST", "resume"): self._whole.resume,
                    ("POST", "synctriggers"): self._sync_triggers,
                }.get((method, *rest))
        return None

    async def _status(self, _: Request) -> Answer:
        host = self._host
        status = {
            "id": host.site.lower()[:32],
            "state": host.state,
            "version": VERSION,
            "versionDetails": f"4.1037.0+{COMMIT}",
            "platformVersion": "",
            "instanceId": "",
            "computerName": "",
            "processUptime": round(1000 * (time.monotonic() - host.began)),
            "functionAppContentEditingState": "Unknown",
        }
        return json_answer({**status, "errors": host.errors} if host.errors else status)

    async def _config(self, _: Request) -> Answer:
        return json_answer(dict(self._host.app.document))

    async def _sync_triggers(self, _: Request) -> Answer:
        if not self._host.app.settings.get(SYNC_KEY):
            return json_answer({"status": "Invalid environment for SyncTriggers operation."}, 500)
        return json_answer({"status": "success"})

    async def _functions(self, request: Request) -> Answer:
        if self._host.misconfigured or self._host.app.worker is None:
            return Answer(500)
        # These URLs are the site's own, while those of one function are the caller's.
        base = f"https://{self._host.app.settings.get('WEBSITE_HOSTNAME') or request.host}"
        views: list[Any] = [
            function_view.view(self._host.app, function, base)
            for _, function in sorted(
                self._host.app.functions.items(), key=lambda item: item[0].lower()
            )
        ]
        return json_answer(views)

    async def _function(self, request: Request, name: str) -> Answer:
        function = function_view.find(self._host.app, name)
        if function is None:
            return Answer(404)
        base = f"{request.scheme}://{request.host}"
        return json_answer(function_view.view(self._host.app, function, base))

    async def _function_status(self, name: str) -> Answer:
        return json_answer({}) if function_view.find(self._host.app, name) else Answer(404)

    async def _invoke(self, request: Request, name: str) -> Answer:
        # Calls by this API are not emulated; without JSON the real host refuses them.
        is_json = request.content_type.lower() == "application/json"
        known = function_view.find(self._host.app, name)
        return Answer(404) if is_json or known is None else Answer(415)


def _lower(names: list[str]) -> list[str]:
    return [name.lower() for name in names]
