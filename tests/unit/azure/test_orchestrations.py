"""The router's own task hub through the SDK's client, for each answer that Durable may give."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer
from azure.durable_functions import DurableOrchestrationClient
from azure.durable_functions.models.utils import http_utils

from router.azure.orchestrations import HubCalls, HubOrchestrations
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
    """Durable's API with a fixed answer."""

    def __init__(self) -> None:
        self.answer: Callable[[], web.Response] = web.Response
        self.paths: list[str] = []
        self.seconds = 0.0  # until an answer
        self.open = self.most_open = 0

    async def handle(self, request: web.BaseRequest) -> web.Response:
        self.paths.append(request.path)
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        await asyncio.sleep(self.seconds)
        self.open -= 1
        return self.answer()

    def respond_with(self, status: int, body: Any = None) -> None:
        text = None if body is None else json.dumps(body)
        self.answer = lambda: web.Response(
            status=status, content_type="application/json", text=text
        )


@pytest.fixture
def durable() -> Durable:
    return Durable()


@pytest.fixture
async def server(durable: Durable) -> AsyncIterator[BaseTestServer]:
    application = web.Application()
    application.router.add_route("*", "/{any:.*}", durable.handle)
    async with TestServer(application) as running:
        yield running
        await http_utils._close_session()  # the SDK has no public way


@pytest.fixture
async def orchestrations(server: BaseTestServer) -> HubOrchestrations:
    binding = {"taskHubName": "Router", "rpcBaseUrl": f"http://{server.host}:{server.port}/"}
    links = {"creationUrls": {}, "managementUrls": {"id": "INSTANCEID"}}
    client = DurableOrchestrationClient(json.dumps(binding | links))
    return HubOrchestrations(client, "orders", HubCalls(calls=2, patience=0.1, seconds=0.2))


async def start(orchestrations: HubOrchestrations) -> bool:
    return await orchestrations.start("parked_start", "park-x", INPUT)


async def get(orchestrations: HubOrchestrations) -> object:
    return await orchestrations.get("park-x")


async def test_failed_ones_are_listed_with_their_input(
    durable: Durable, orchestrations: HubOrchestrations
) -> None:
    failed = RUNNING | {"runtimeStatus": "Failed"}
    durable.respond_with(200, [failed, failed | {"input": ""}])
    assert await orchestrations.failed("park-") == [Orchestration(INPUT, "Failed", None, None)]
    durable.respond_with(500, WRONG)
    with pytest.raises(Unavailable):
        await orchestrations.failed("park-")


async def test_accepted_start_is_new(durable: Durable, orchestrations: Any) -> None:
    durable.respond_with(202, {"id": "park-x"})
    assert await start(orchestrations) is True


async def test_start_of_a_running_one_is_not_new(durable: Durable, orchestrations: Any) -> None:
    durable.respond_with(409, "An Orchestration instance with the status Pending already exists.")
    assert await start(orchestrations) is False


async def test_running_orchestration_has_its_input(durable: Durable, orchestrations: Any) -> None:
    durable.respond_with(202, RUNNING)
    found = await orchestrations.get("park-x")
    assert (found.value, found.unfinished) == (INPUT, True)


async def test_input_that_is_not_written_yet_is_unavailable(
    durable: Durable, orchestrations: Any
) -> None:
    durable.respond_with(202, RUNNING | {"runtimeStatus": "Pending", "input": ""})
    with pytest.raises(Unavailable):
        await get(orchestrations)


async def test_ended_orchestration_has_its_output(durable: Durable, orchestrations: Any) -> None:
    ended = {"output": {"state": "refused"}, "lastUpdatedTime": "2026-01-02T03:04:06Z"}
    durable.respond_with(200, RUNNING | ended | {"runtimeStatus": "Completed"})
    at = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
    found = Orchestration(INPUT, "Completed", at, {"state": "refused"})
    assert await orchestrations.get("park-x") == found
    assert not found.unfinished
    durable.respond_with(404)
    assert await orchestrations.get("park-x") is None


async def test_ids_are_sent_unchanged(durable: Durable, orchestrations: Any) -> None:
    """The SDK would decode a%41 to aA."""
    durable.respond_with(202, RUNNING | {"id": "park-x"})
    for request in (
        orchestrations.start("parked_start", "park-a%41 é", INPUT),
        orchestrations.get("park-a%41 é"),
        orchestrations.terminate("park-a%41 é", "enough"),
    ):
        await request
    durable.respond_with(200, {"instancesDeleted": 1})
    await orchestrations.purge("park-a%41 é")
    instance = "/instances/orders~park-a%41 é"
    orchestrators = "/orchestrators/parked_start/orders~park-a%41 é"
    assert durable.paths == [orchestrators, instance, f"{instance}/terminate", instance]


async def test_mark_is_read_and_left_where_there_is_none(
    durable: Durable, orchestrations: Any
) -> None:
    durable.respond_with(200, RUNNING | {"input": json.dumps({"mark": "theirs"})})
    assert await orchestrations.mark("mine") == "theirs"
    durable.respond_with(404)
    with pytest.raises(Unavailable):  # neither found, nor to be left
        await orchestrations.mark("mine")
    assert durable.paths[1:] == ["/instances/hub_mark", "/orchestrators/hub_mark/hub_mark"]


async def terminate(orchestrations: HubOrchestrations) -> None:
    await orchestrations.terminate("park-x", "enough")


async def purge(orchestrations: HubOrchestrations) -> None:
    await orchestrations.purge("park-x")


@pytest.mark.parametrize("call", [start, get, terminate, purge])
@pytest.mark.parametrize("status", [500, 503])
async def test_server_error_is_unavailable(
    durable: Durable,
    orchestrations: HubOrchestrations,
    status: int,
    call: Callable[[HubOrchestrations], Awaitable[object]],
) -> None:
    durable.respond_with(status, WRONG)
    with pytest.raises(Unavailable) as refused:
        await call(orchestrations)
    assert (refused.value.status, refused.value.code) == (503, "hub-unavailable")
    assert refused.value.retry_after == 5


@pytest.mark.parametrize("call", [start, get, terminate, purge])
async def test_hub_that_hangs_is_unavailable_soon(
    durable: Durable,
    orchestrations: HubOrchestrations,
    call: Callable[[HubOrchestrations], Awaitable[object]],
) -> None:
    durable.seconds = 60
    began = time.monotonic()
    calls = (call(orchestrations) for _ in range(20))
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert {getattr(error, "code", error) for error in errors} == {"hub-unavailable"}
    assert time.monotonic() - began < 20
    assert len(durable.paths) == 2  # no more than are allowed at once


async def test_calls_wait_shortly_for_one_that_is_free(
    durable: Durable, orchestrations: HubOrchestrations
) -> None:
    durable.seconds = 0.01
    durable.respond_with(202, RUNNING)
    await asyncio.gather(*(get(orchestrations) for _ in range(8)))
    assert durable.most_open == 2


@pytest.mark.parametrize("call", [start, get])
async def test_unreachable_host_is_unavailable(
    server: BaseTestServer,
    orchestrations: HubOrchestrations,
    call: Callable[[HubOrchestrations], Awaitable[object]],
) -> None:
    await server.close()
    with pytest.raises(Unavailable):
        await call(orchestrations)
