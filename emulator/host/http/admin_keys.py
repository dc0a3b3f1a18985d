"""The admin API of keys: list, read, set, generate and remove the keys of a site.

The caller has checked the master key.
"""

import json
from collections.abc import Sequence
from typing import Any

from emulator.host.host import Host
from emulator.host.http import function_view
from emulator.host.http.json_answer import json_answer, text_answer
from emulator.host.kestrel.answer import Answer
from emulator.host.kestrel.request import Request
from emulator.host.keys.keys import HOST, MASTER, new_key

BAD_VALUE = "Invalid key value"
NOT_REMOVABLE = "Cannot delete System Key."
NOT_FOUND = Answer(404)


class KeysApi:
    """Answers /admin/…/keys of one site."""

    def __init__(self, host: Host) -> None:
        self._app = host.app
        self._keyring = host.keyring

    async def of_function(self, request: Request, function: str, rest: Sequence[str]) -> Answer:
        """Answer /admin/functions/{function}/keys[/{name}]."""
        if function_view.find(self._app, function) is None:
            return NOT_FOUND
        await self._keyring.of_function(function)
        return await self._answer(request, function.lower(), "keys", rest)

    async def of_host(self, request: Request, scope: str, rest: Sequence[str]) -> Answer:
        """Answer /admin/host/{keys|functionkeys|systemkeys}[/{name}]."""
        if list(rest) == [MASTER]:
            return await self._master(request, scope)
        group = "systemKeys" if scope == "systemkeys" else "functionKeys"
        return await self._answer(request, HOST, group, rest)

    async def _answer(
        self, request: Request, document: str, group: str, rest: Sequence[str]
    ) -> Answer:
        keys = self._keyring.keys.of(document, group)
        match request.method, *rest:
            case ["GET"]:
                listed = [{"name": name, "value": value} for name, value in keys.items()]
                return json_answer({"keys": listed, "links": _links(request)})
            case "GET", name if name in keys:
                return _key(request, name, keys[name])
            case "PUT" | "POST", name:
                value = await _value(request)
                if value is None:
                    return text_answer(400, BAD_VALUE)
                made = await self._keyring.put(document, group, name, value)
                return _key(request, name, value, made=made)
            case "DELETE", name:
                removed = await self._keyring.remove(document, group, name)
                return Answer(204) if removed else NOT_FOUND
        return NOT_FOUND

    async def _master(self, request: Request, scope: str) -> Answer:
        match request.method:
            case "GET" if scope == "systemkeys":
                return _key(request, MASTER, self._keyring.keys.master)
            case "POST":
                return _key(request, MASTER, await self._keyring.put_master(None), made=True)
            case "PUT":
                value = await _value(request)
                if not value:
                    return text_answer(400, BAD_VALUE)
                return _key(request, MASTER, await self._keyring.put_master(value))
            case "DELETE":
                return text_answer(400, NOT_REMOVABLE)
        return NOT_FOUND


async def _value(request: Request) -> str | None:
    """Return the value to set: a new one for POST, that of the body for PUT, None without one."""
    if request.method == "POST":
        return new_key()
    try:
        body: Any = json.loads(await request.read())
    except ValueError:
        return None
    value = body.get("value") if isinstance(body, dict) else None
    return value if isinstance(value, str) else None


def _key(request: Request, name: str, value: str, *, made: bool = False) -> Answer:
    links = _links(request)
    location = [("Location", links[0]["href"])] if made else []
    return json_answer(
        {"name": name, "value": value, "links": links}, 201 if made else 200, location
    )


def _links(request: Request) -> list[dict[str, str]]:
    return [{"rel": "self", "href": f"{request.scheme}://{request.host}{request.path}"}]
