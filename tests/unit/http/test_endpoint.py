"""What an error that gets as far as a route is answered with."""

import json
from contextlib import suppress
from typing import Any, cast

import azure.functions as func
import pytest

from router.context import Context
from router.domain.errors import PlatformBusy, PlatformFailed, RouterError, Unreadable, about
from router.domain.version import LineId
from router.http.endpoint import respond
from router.http.responses import problem
from router.settings import SettingsInvalid

NOBODY = cast("Any", None)
REQUEST = func.HttpRequest("POST", "https://router.test/api/instances/x/terminate", body=b"")


async def answer(error: Exception) -> tuple[int, str, str | None]:
    async def handler(context: Context, req: func.HttpRequest) -> func.HttpResponse:
        raise error

    given = await respond(handler, REQUEST, lambda: NOBODY)
    problem = json.loads(given.get_body())
    assert "secret" not in problem["detail"]
    return given.status_code, problem["code"], given.headers.get("Retry-After")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RouterError(409, "wrong-state", "no"), (409, "wrong-state", None)),
        (Unreadable("secret"), (503, "store-unavailable", "5")),
        (PlatformBusy("secret"), (503, "azure-unavailable", "5")),
        (PlatformBusy("secret", 16.5), (503, "azure-unavailable", "17")),
        (PlatformFailed("secret"), (503, "azure-unavailable", "5")),
        (ValueError("secret"), (500, "internal-error", None)),
    ],
)
async def test_what_may_pass_says_when_to_ask_again_and_nothing_tells_the_inside(
    error: Exception, told: tuple[int, str, str | None]
) -> None:
    assert await answer(error) == told


async def test_settings_that_are_not_usable_are_named_all_of_them() -> None:
    async def handler(context: Context, req: func.HttpRequest) -> func.HttpResponse:
        raise SettingsInvalid(["ROUTER_MAX_LINES: must be whole", "ROUTER_COLOR: no such setting"])

    given = await respond(handler, REQUEST, lambda: NOBODY)
    told = json.loads(given.get_body())
    assert (given.status_code, told["code"]) == (500, "settings-invalid")
    assert told["detail"].endswith(
        " ROUTER_MAX_LINES: must be whole; ROUTER_COLOR: no such setting"
    )


@pytest.mark.parametrize(
    ("asked", "fields", "told"),
    [
        (LineId(1, 0), {}, "1.0"),
        (LineId(1, 0), {"line": "1.1"}, "1.0"),  # whose id it is, not whose start
        (None, {"line": "1.1"}, "1.1"),
        (None, {}, None),
    ],
)
def test_a_problem_says_which_line_was_asked(
    asked: LineId | None, fields: dict[str, str], told: str | None
) -> None:
    error = RouterError(409, "id-taken", "no", **fields)
    with suppress(RouterError), about(asked):
        raise error
    assert problem(error).headers.get("X-App-Line") == told
