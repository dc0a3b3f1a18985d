"""Asks the host of a line's app for its state, its functions and Durable's API.

The answers are read leniently: the host of an app that does not load may answer anything.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from router.apps.redaction import redact
from router.domain.app_health import PACKAGE_HEADER, AppFunction, HostReport, is_background, kind_of
from router.domain.errors import Unavailable
from router.ports import Answer, Route

STATUS = "/admin/host/status"
FUNCTIONS = "/admin/functions"
DURABLE = "/runtime/webhooks/durabletask"
_NO_HOST = frozenset({502, 503, 504})  # of a front end; the status of a live host is always 200
_REJECTED = frozenset({401, 403})
_AT_ONCE = 8  # functions whose status is asked

Ask = Callable[[str, str], Awaitable[Answer]]
"""Return the answer to a GET of a path with a key, or raise Unavailable."""


async def ask_host(ask: Ask, route: Route) -> HostReport:
    """Return what the host of the route's app says about itself."""
    key = route.host_key or ""
    try:
        answer = await ask(STATUS, key)
    except Unavailable as error:
        return _unanswered(error)
    if answer.status != 200:
        unready = f"the app's host status endpoint returned {answer.status}"
        return _unready(answer, unready)
    status = _json(answer.body, dict)
    errors = tuple(redact(str(each), (route.key, key)) for each in status.get("errors") or ())
    state, instance = str(status.get("state") or ""), str(status.get("instanceId") or "")
    uptime = status.get("processUptime")
    report = HostReport(
        state=redact(state),
        errors=errors,
        instance=instance,
        uptime=uptime / 1000 if isinstance(uptime, (int, float)) else None,
    )
    return await _with_functions(ask, route, report) if state == "Running" else report


async def _with_functions(ask: Ask, route: Route, report: HostReport) -> HostReport:
    key = route.host_key or ""
    try:
        answer = await ask(FUNCTIONS, key)
        if answer.status != 200:
            return replace(report, package=answer.headers.get(PACKAGE_HEADER))
        functions = tuple(_functions(_json(answer.body, list)))
        durable, rejected = await _durable(ask, route)
        if functions and durable is None:
            functions = await _with_errors(ask, key, functions)
    except Unavailable as error:
        return _unanswered(error)
    return replace(
        report,
        functions=functions,
        durable=durable,
        rejected=rejected,
        package=answer.headers.get(PACKAGE_HEADER),
    )


async def _durable(ask: Ask, route: Route) -> tuple[str | None, bool]:
    """Return what is wrong with Durable's API, and whether it rejected the key.

    No instance has the prefix that is asked for. A list of others fails as a whole when the
    status of one of them cannot be shown.
    """
    if not route.key:
        return "the app's host has not created its Durable key yet", False
    answer = await ask(f"{DURABLE}/instances?top=1&instanceIdPrefix={uuid4().hex}", route.key)
    if answer.status == 200:
        return None, False
    return f"the app's Durable API returned {answer.status}", answer.status in _REJECTED


async def _with_errors(
    ask: Ask, key: str, functions: tuple[AppFunction, ...]
) -> tuple[AppFunction, ...]:
    limit = asyncio.Semaphore(_AT_ONCE)

    async def asked(function: AppFunction) -> AppFunction:
        name = function.name
        async with limit:
            answer = await ask(f"{FUNCTIONS}/{quote(name, safe='')}/status", key)
        found = _json(answer.body, dict) if answer.status == 200 else {}
        errors = "; ".join(redact(str(each)) for each in found.get("errors") or ())
        return replace(function, error=errors or None)

    return tuple(await asyncio.gather(*map(asked, functions)))


def _functions(listed: Iterable[Any]) -> Iterable[AppFunction]:
    for each in listed:
        if isinstance(each, dict) and each.get("name"):
            yield _function(str(each["name"]), each.get("config"))


def _function(name: str, config: Any) -> AppFunction:
    bindings = config.get("bindings") if isinstance(config, dict) else None
    found = [each for each in bindings or () if isinstance(each, dict)]
    for binding in found:
        kind = kind_of(str(binding.get("type")))
        if kind is not None:
            own_name = binding.get("entityName" if kind == "entity" else kind)
            return AppFunction(str(own_name or name), kind)
    return AppFunction(name, background=any(is_background(str(b.get("type"))) for b in found))


def _unready(answer: Answer, unready: str) -> HostReport:
    return HostReport(unready, gone=answer.status in _NO_HOST, rejected=answer.status in _REJECTED)


def _unanswered(error: Unavailable) -> HostReport:
    return HostReport(error.detail, gone=error.status == 502)


def _json[Kind: (dict[str, Any], list[Any])](body: bytes, kind: type[Kind]) -> Kind:
    try:
        found = json.loads(body)
    except ValueError:
        return kind()
    return found if isinstance(found, kind) else kind()
