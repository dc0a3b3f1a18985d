"""What a look at a hub asks of storage, counted on the way there, at few and at many instances."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harness.azurite import Azurite
from router.azure.storage.account import Storage
from router.azure.storage.hub import StorageHub
from router.domain.model import HubReading
from tests.contract.drain.living_hub import PREFIX, TASK_HUB, LivingHub
from tests.fakes.flaky_storage import FlakyStorage, flaky_storage

pytestmark = pytest.mark.timeout(180)
MANY = 1_100  # more than a page holds
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


class Counting:
    """The router's probe, behind proxies that count."""

    def __init__(self, storage: FlakyStorage, hub: StorageHub) -> None:
        self._storage = storage
        self._hub = hub

    async def read(self, blocker: str | None = None) -> tuple[HubReading, Counter[str]]:
        """A reading, and what it asked for."""
        proxies = self._storage.proxies.values()
        for proxy in proxies:
            proxy.asked.clear()
        reading = await self._hub.read(TASK_HUB, QUEUES - 1, blocker)
        assert reading.problems == ()
        return reading, Counter(_kind(asked) for proxy in proxies for asked in proxy.asked)


def _kind(asked: str) -> str:
    method = asked.partition(" ")[0]
    return next((f"{method} {kind}" for form, kind in KINDS if form.search(asked)), asked)


@pytest_asyncio.fixture
async def account(azurite: Azurite) -> str:
    return azurite.account()


@pytest_asyncio.fixture
async def hub(account: str, tmp_path: Path) -> AsyncIterator[LivingHub]:
    """A hub with one instance that has ended, one that waits, and an entity that rests."""
    async with LivingHub(account, account, tmp_path) as living:
        await living.start_app()
        await living.app.begin("quick", "done")
        await living.app.end("done")
        status, _, text = await living.app.ask("POST", "/entities/counter/one?op=add", "1")
        assert status == 202, text
        await living.until_row("@counter@one")
        await living.app.begin("waits", "order-7")
        await living.app.until("order-7", "Running")
        yield living


@pytest_asyncio.fixture
async def probe(account: str) -> AsyncIterator[Counting]:
    async with flaky_storage(account) as counted:
        storage = Storage(counted.connection)
        yield Counting(counted, StorageHub(storage, storage, PREFIX))
        await storage.close()


async def test_while_its_witness_lives_a_look_is_one_point_read_at_any_number_of_instances(
    hub: LivingHub, probe: Counting
) -> None:
    for more in (0, MANY):
        await hub.multiply("done", more)
        reading, asked = await probe.read("order-7")
        assert [each.instance_id for each in reading.unfinished] == ["order-7"]
        assert asked == {"GET row": 1}


async def test_without_a_witness_finished_instances_are_sorted_out_where_they_are_stored(
    hub: LivingHub, probe: Counting
) -> None:
    for more in (0, MANY):
        await hub.multiply("done", more)
        reading, asked = await probe.read()
        assert [each.instance_id for each in reading.unfinished] == ["order-7"]
        assert asked == {**OF_QUEUES, "GET page of rows": 1}
    await hub.app.raise_event("order-7", "go", 1)
    await hub.app.end("order-7")
    reading, asked = await probe.read("order-7")
    assert reading.unfinished == ()
    assert asked == {"GET row": 1, **OF_QUEUES, "GET page of rows": 1}


async def test_entities_that_rest_cost_a_page_for_each_thousand(
    hub: LivingHub, probe: Counting
) -> None:
    await hub.app.raise_event("order-7", "go", 1)
    await hub.app.end("order-7")
    await hub.multiply("@counter@one", 2_001)
    reading, asked = await probe.read()
    assert reading.unfinished == ()
    assert asked == {**OF_QUEUES, "GET page of rows": 3}
