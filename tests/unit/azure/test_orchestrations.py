"""The router's own task hub through the SDK's client: what each answer of Durable comes to."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.durable_functions import DurableOrchestrationClient
from azure.durable_functions.models.utils import http_utils

from router.azure.orchestrations import HubOrchestrations
from router.domain.errors import Unavailable
from router.domain.model import Orchestration

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
        self.asked: list[str] = []

    async def handle(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(request.path)
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
    return await orchestrations.get("park-x")


async def test_a_start_that_is_taken_is_ours(durable: Durable, orchestrations: Any) -> None:
    durable.says(202, {"id": "park-x"})
    assert await start(orchestrations) is True


async def test_one_that_runs_already_is_no_error(durable: Durable, orchestrations: Any) -> None:
    durable.says(409, "An Orchestration instance with the status Pending already exists.")
    assert await start(orchestrations) is False


async def test_the_input_of_one_that_runs_is_told(durable: Durable, orchestrations: Any) -> None:
    durable.says(202, RUNNING)
    found = await orchestrations.get("park-x")
    assert (found.value, found.unfinished) == (INPUT, True)


async def test_an_input_that_is_not_told_yet_is_not_taken_for_none(
    durable: Durable, orchestrations: Any
) -> None:
    durable.says(202, RUNNING | {"runtimeStatus": "Pending", "input": ""})
    with pytest.raises(Unavailable):
        await look(orchestrations)


async def test_what_came_of_one_is_told(durable: Durable, orchestrations: Any) -> None:
    ended = {"output": {"state": "refused"}, "lastUpdatedTime": "2026-01-02T03:04:06Z"}
    durable.says(200, RUNNING | ended | {"runtimeStatus": "Completed"})
    at = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
    found = Orchestration(INPUT, "Completed", at, {"state": "refused"})
    assert await orchestrations.get("park-x") == found
    assert not found.unfinished
    durable.says(404)
    assert await orchestrations.get("park-x") is None


async def test_every_id_is_sent_as_it_is(durable: Durable, orchestrations: Any) -> None:
    """The SDK would make a%41 an A."""
    durable.says(202, RUNNING | {"id": "park-x"})
    for asked in (
        orchestrations.start("parked_start", "park-a%41 é", INPUT),
        orchestrations.get("park-a%41 é"),
        orchestrations.terminate("park-a%41 é", "enough"),
    ):
        await asked
    durable.says(200, {"instancesDeleted": 1})
    await orchestrations.purge("park-a%41 é")
    instance = "/instances/park-a%41 é"
    orchestrators = "/orchestrators/parked_start/park-a%41 é"
    assert durable.asked == [orchestrators, instance, f"{instance}/terminate", instance]


async def end(orchestrations: HubOrchestrations) -> object:
    return await orchestrations.terminate("park-x", "enough")


async def forget(orchestrations: HubOrchestrations) -> object:
    return await orchestrations.purge("park-x")


@pytest.mark.parametrize("ask", [start, look, end, forget])
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
