"""Errors that reach a route are answered with a problem, without the error's own text."""

import asyncio
import json
from contextlib import suppress
from typing import cast

import azure.durable_functions as df
import azure.functions as func
import pytest

from function_app import HTTP
from router.context import Context
from router.domain.errors import PlatformBusy, PlatformFailed, RouterError, Unreadable, about
from router.domain.version import LineId
from router.http import endpoint
from router.http.endpoint import respond
from router.http.responses import problem
from router.settings import SettingsInvalid

REQUEST = func.HttpRequest("POST", "https://router.test/api/instances/x/terminate", body=b"")


async def no_context() -> Context:
    return cast("Context", None)


async def answer(error: Exception) -> tuple[int, str, str | None]:
    async def handler(context: Context, req: func.HttpRequest) -> func.HttpResponse:
        raise error

    response = await respond(handler, REQUEST, no_context)
    body = json.loads(response.get_body())
    assert "secret" not in body["detail"]
    return response.status_code, body["code"], response.headers.get("Retry-After")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RouterError(409, "wrong-state", "no"), (409, "wrong-state", None)),
        (Unreadable("secret"), (503, "store-unavailable", "5")),
        (PlatformBusy("secret"), (503, "azure-unavailable", "5")),
        (PlatformBusy("secret", 16.5), (503, "azure-unavailable", "17")),
        (PlatformFailed("secret"), (503, "azure-unavailable", "5")),
        (ValueError("secret"), (500, "internal-error", None)),
    ],
)
async def test_transient_error_has_retry_after_and_none_has_details(
    error: Exception, expected: tuple[int, str, str | None]
) -> None:
    assert await answer(error) == expected


@pytest.mark.parametrize(
    ("method", "query", "status"),
    [("GET", "", 503), ("HEAD", "", 503), ("GET", "?showhistory=true", 200), ("POST", "", 200)],
)
async def test_read_that_takes_too_long_is_refused(
    monkeypatch: pytest.MonkeyPatch, method: str, query: str, status: int
) -> None:
    """A history may be long, and what changes something has limits of its own."""
    monkeypatch.setattr(endpoint, "_READ_SECONDS", 0.01)

    async def handler(context: Context, req: func.HttpRequest) -> func.HttpResponse:
        await asyncio.sleep(0.05)
        return func.HttpResponse()

    request = func.HttpRequest(method, f"https://router.test/api/instances/x{query}", body=b"")
    assert (await respond(handler, request, no_context)).status_code == status


async def test_all_invalid_settings_are_listed() -> None:
    async def handler(context: Context, req: func.HttpRequest) -> func.HttpResponse:
        raise SettingsInvalid(["ROUTER_MAX_LINES: must be whole", "ROUTER_COLOR: no such setting"])

    response = await respond(handler, REQUEST, no_context)
    body = json.loads(response.get_body())
    assert (response.status_code, body["code"]) == (500, "settings-invalid")
    assert body["detail"].endswith(
        " ROUTER_MAX_LINES: must be whole; ROUTER_COLOR: no such setting"
    )


@pytest.mark.parametrize(
    ("requested", "fields", "expected"),
    [
        (LineId(1, 0), {}, "1.0"),
        (LineId(1, 0), {"line": "1.1"}, "1.0"),  # the line of the id, not that of the start
        (None, {"line": "1.1"}, "1.1"),
        (None, {}, None),
    ],
)
def test_problem_names_the_requested_line(
    requested: LineId | None, fields: dict[str, str], expected: str | None
) -> None:
    error = RouterError(409, "id-taken", "no", **fields)
    with suppress(RouterError), about(requested):
        raise error
    assert problem(error).headers.get("X-App-Line") == expected


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_chunked_body_is_refused_before_anything_is_done(method: str) -> None:
    """Azure passes on such a request without its body."""
    handled = []

    async def handler(context: Context, req: func.HttpRequest) -> func.HttpResponse:
        handled.append(req)
        return func.HttpResponse()

    async def send(**headers: str) -> tuple[int, str | None]:
        sent = func.HttpRequest(method, REQUEST.url, headers=headers, body=b"")
        response = await respond(handler, sent, no_context)
        body = response.get_body()
        return response.status_code, json.loads(body)["code"] if body else None

    assert await send(**{"transfer-encoding": "chunked"}) == (411, "length-required")
    assert handled == []
    assert await send(**{"content-length": "0"}) == (200, None)


def test_every_route_that_names_get_names_head() -> None:
    """Azure answers HEAD with 404 otherwise, and gateways probe with it."""
    registered = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
    for part in HTTP:
        registered.register_functions(part.bp)
    routes = [
        binding.get_dict_repr()
        for function in registered.get_functions()
        for binding in function.get_bindings()
        if binding.type == "httpTrigger"
    ]
    methods = [{str(each) for each in route["methods"]} for route in routes]
    assert {"GET", "HEAD"} in methods
    assert [each for each in methods if "GET" in each and "HEAD" not in each] == []


def test_refusal_without_a_reading_still_shows_a_drain() -> None:
    body = json.loads(problem(RouterError(409, "not-drained", "no", drain=None)).get_body())
    assert body["drain"] == {"verdict": "unknown", "checkedAt": None, "why": []}
