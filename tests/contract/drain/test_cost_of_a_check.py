"""The requests of one check of a hub, counted by proxies, at few and at many instances."""

import re
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from harness.azurite import Azurite
from router.azure.storage.account import Storage
from router.azure.storage.hub.hub import StorageHub
from router.domain.model import HubReading
from tests.contract.drain.environment import PREFIX, TASK_HUB, DrainEnvironment
from tests.fakes.flaky_storage import FlakyStorage, flaky_storage

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGE = 10  # rows. Azure's pages have 1,000
MANY = PAGE + 5
QUEUES = 5  # four control queues and the work items
OF_QUEUES = {
    "GET queues": 1,
    "GET queue": QUEUES,  # how many messages it holds
    "GET queue's messages": QUEUES,  # whether one is visible: peeked, never taken
}
KINDS = (
    (re.compile(r"/\w+Instances\(PartitionKey="), "row"),
    (re.compile(r"/\w+Instances\(\)"), "page of rows"),
    (re.compile(r"comp=list"), "queues"),
    (re.compile(r"/messages\?.*peekonly=true"), "queue's messages"),
    (re.compile(r"comp=metadata"), "queue"),
)


class CountingProbe:
    """The router's probe behind proxies that count its requests."""

    def __init__(self, storage: FlakyStorage, hub: StorageHub) -> None:
        self._storage = storage
        self._hub = hub

    async def read(self, blocker: str | None = None) -> tuple[HubReading, Counter[str]]:
        """Return a reading and its requests."""
        proxies = self._storage.proxies.values()
        for proxy in proxies:
            proxy.asked.clear()
        reading = await self._hub.read(TASK_HUB, QUEUES - 1, blocker)
        assert reading.problems == ()
        return reading, Counter(_kind(request) for proxy in proxies for request in proxy.asked)


def _kind(request: str) -> str:
    method = request.partition(" ")[0]
    return next((f"{method} {kind}" for form, kind in KINDS if form.search(request)), request)


@pytest.fixture(scope="module")
def account(azurite: Azurite) -> str:
    return azurite.account()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def environment(
    account: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[DrainEnvironment]:
    """A hub with one instance that has ended and an idle entity."""
    async with DrainEnvironment(account, account, tmp_path_factory.mktemp("app")) as opened:
        await opened.start_app()
        await opened.app.begin("quick", "done")
        await opened.app.end("done")
        status, _, text = await opened.app.ask("POST", "/entities/counter/one?op=add", "1")
        assert status == 202, text
        await opened.until_row("@counter@one")
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def probe(account: str) -> AsyncIterator[CountingProbe]:
    async with flaky_storage(account) as counted:
        counted.proxies["Table"].page = PAGE
        storage = Storage(counted.connection)
        yield CountingProbe(counted, StorageHub(storage, storage, PREFIX))
        await storage.close()


async def test_check_costs_the_same_at_any_number_of_ended_instances(
    environment: DrainEnvironment, probe: CountingProbe
) -> None:
    """A known blocker costs one point read. Without it, storage filters the ended instances."""
    await environment.app.begin("waits", "order-7")
    await environment.app.until("order-7", "Running")
    for more in (0, MANY):
        await environment.multiply("done", more)
        reading, requests = await probe.read("order-7")
        assert [each.instance_id for each in reading.unfinished] == ["order-7"]
        assert requests == {"GET row": 1}
        reading, requests = await probe.read()
        assert [each.instance_id for each in reading.unfinished] == ["order-7"]
        assert requests == {**OF_QUEUES, "GET page of rows": 1}
    await environment.app.raise_event("order-7", "go", 1)
    await environment.app.end("order-7")
    reading, requests = await probe.read("order-7")
    assert reading.unfinished == ()
    assert requests == {"GET row": 1, **OF_QUEUES, "GET page of rows": 1}


async def test_idle_entities_cost_one_request_per_page(
    environment: DrainEnvironment, probe: CountingProbe
) -> None:
    await environment.multiply("@counter@one", 2 * PAGE + 1)
    reading, requests = await probe.read()
    assert reading.unfinished == ()
    assert requests == {**OF_QUEUES, "GET page of rows": 3}
