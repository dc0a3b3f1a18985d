"""A storage account that accepts requests and does not answer them holds no caller for long."""

import json
import time

import azure.functions as func
import pytest

from harness.azurite import Azurite
from router.context import Context
from router.http.endpoint import Handler, respond
from router.http.instances import get_status
from router.http.responses import answer_json
from router.line_rows import get_line
from tests.contract.faults.conftest import Open
from tests.contract.faults.environment import LINE
from tests.fakes.flaky_storage import flaky_storage

LONGEST_SECONDS = 10.0
GET = func.HttpRequest(
    "GET", "https://router.test/api/x", route_params={"instanceId": "a"}, body=b""
)


async def get_state(context: Context, _: func.HttpRequest) -> func.HttpResponse:
    line = await get_line(context.catalog, LINE)
    return answer_json({"state": str(line.state)})


@pytest.mark.parametrize("handler", [get_state, get_status])
async def test_read_is_refused_within_seconds(
    azurite: Azurite, open_environment: Open, handler: Handler
) -> None:
    account = azurite.account()
    async with (
        flaky_storage(account) as storage,
        open_environment(account, storage.connection) as environment,
    ):

        async def bind() -> Context:
            return environment.context

        await environment.register("1.0.0")
        assert (await respond(get_state, GET, bind)).status_code == 200
        await storage.misbehave("slow")
        begun = time.monotonic()
        refused = await respond(handler, GET, bind)
        assert time.monotonic() - begun < LONGEST_SECONDS
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert json.loads(refused.get_body())["code"] == "store-unavailable"
        await storage.heal()
        assert (await respond(get_state, GET, bind)).status_code == 200
