"""The router's own task hub through the SDK's client: what each answer of Durable comes to."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.durable_functions import DurableOrchestrationClient
from azure.durable_functions.models.utils import http_utils

from router.adapters.orchestrations import HubOrchestrations
from router.core.errors import Unavailable

INPUT = {"line": "1.0"}
RUNNING = {
    "name": "parked_start",
    "instanceId": "park-x",
    "runtimeStatus": "Running",
    "createdTime": "2026-01-02T03:04:05Z",
    "input": json.dumps(INPUT),
}
WRONG = {"Message": "Something went wrong while processing your request"}


class Durable:
    """Durable's API, with the one answer that it is told to give."""

    def __init__(self) -> None:
        self.answer: Callable[[], web.Response] = web.Response

    async def handle(self, request: web.BaseRequest) -> web.Response:
        return self.answer()

    def says(self, status: int, body: Any = None) -> None:
        text = {} if body is None else {"text": json.dumps(body)}
        self.answer = lambda: web.Response(status=status, content_type="application/json", **text)


@pytest.fixture
def durable() -> Durable:
    return Durable()


@pytest.fixture
async def server(durable: Durable) -> AsyncIterator[TestServer]:
    application = web.Application()
    application.router.add_route("*", "/{any:.*}", durable.handle)
    async with TestServer(application) as running:
        yield running
        await http_utils._close_session()


@pytest.fixture
async def orchestrations(server: TestServer) -> HubOrchestrations:
    binding = {"taskHubName": "Router", "rpcBaseUrl": f"http://{server.host}:{server.port}/"}
    links = {"creationUrls": {}, "managementUrls": {"id": "INSTANCEID"}}
    return HubOrchestrations(DurableOrchestrationClient(json.dumps(binding | links)))


async def start(orchestrations: HubOrchestrations) -> bool:
    return await orchestrations.start("parked_start", "park-x", INPUT)


async def look(orchestrations: HubOrchestrations) -> object:
    return await orchestrations.unfinished("park-x")


async def test_a_start_that_is_taken_is_ours(durable: Durable, orchestrations: Any) -> None:
    durable.says(202, {"id": "park-x"})
    assert await start(orchestrations) is True


async def test_one_that_runs_already_is_no_error(durable: Durable, orchestrations: Any) -> None:
    durable.says(409, "An Orchestration instance with the status Pending already exists.")
    assert await start(orchestrations) is False


async def test_the_input_of_one_that_runs_is_told(durable: Durable, orchestrations: Any) -> None:
    durable.says(202, RUNNING)
    assert await look(orchestrations) == INPUT
    durable.says(200, RUNNING | {"runtimeStatus": "Completed"})
    assert await look(orchestrations) is None
    durable.says(404)
    assert await look(orchestrations) is None


async def test_an_input_that_is_not_told_yet_is_not_taken_for_none(
    durable: Durable, orchestrations: Any
) -> None:
    durable.says(202, RUNNING | {"runtimeStatus": "Pending", "input": ""})
    with pytest.raises(Unavailable):
        await look(orchestrations)


@pytest.mark.parametrize("ask", [start, look])
@pytest.mark.parametrize("status", [500, 503])
async def test_what_cannot_be_read_is_not_taken_for_absent(
    durable: Durable,
    orchestrations: HubOrchestrations,
    status: int,
    ask: Callable[[HubOrchestrations], Awaitable[object]],
) -> None:
    durable.says(status, WRONG)
    with pytest.raises(Unavailable) as refused:
        await ask(orchestrations)
    assert (refused.value.status, refused.value.code) == (503, "hub-unavailable")
    assert refused.value.retry_after == 5


@pytest.mark.parametrize("ask", [start, look])
async def test_a_host_that_is_away_passes(
    server: TestServer,
    orchestrations: HubOrchestrations,
    ask: Callable[[HubOrchestrations], Awaitable[object]],
) -> None:
    await server.close()
    with pytest.raises(Unavailable):
        await ask(orchestrations)
