"""Listing a thousand lines again and again costs little, and misses nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest_asyncio
from semver import Version

from harness.azurite import Azurite
from router.azure.storage.account import Storage
from router.azure.storage.catalog import TableCatalog
from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.version import LineId
from tests.fakes.flaky_proxy import FlakyProxy
from tests.fakes.flaky_storage import flaky_storage

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
MANY = 1000


def line(minor: int) -> Line:
    name = f"orders-7-{minor}"
    release = Version(7, minor, 3)
    return Line(LineId(7, minor), LineState.ACTIVE, NOW, name, "plan", "Hub", release=release)


class Listed:
    """A catalog of MANY lines behind a proxy that counts the requests."""

    def __init__(self, account: str, catalog: TableCatalog, proxy: FlakyProxy) -> None:
        self.account = account
        self.catalog = catalog
        self.proxy = proxy

    async def again(self) -> tuple[list[Line], int]:
        """List the lines and return them with the number of requests."""
        self.proxy.asked.clear()
        found = list(await self.catalog.lines())
        return found, len(self.proxy.asked)


@pytest_asyncio.fixture
async def listed(azurite: Azurite) -> AsyncIterator[Listed]:
    account = azurite.account()
    async with flaky_storage(account) as proxied:
        storage = Storage(proxied.connection)
        catalog = TableCatalog(storage, "manylinescatalog")
        for first in range(0, MANY, 100):
            await catalog.add_lines([line(first + each) for each in range(100)])
        yield Listed(account, catalog, proxied.proxies["Table"])
        await storage.close()


async def test_unchanged_rows_are_not_read_again(listed: Listed) -> None:
    first, _ = await listed.again()
    assert [each.id for each in first] == [LineId(7, minor) for minor in range(MANY)]
    second, requests = await listed.again()
    assert requests == 5
    assert all(one is other for one, other in zip(first, second, strict=True))


async def test_few_changed_rows_are_read_alone(listed: Listed) -> None:
    first, _ = await listed.again()
    changed = [
        await listed.catalog.replace_line(replace(each, error=f"{time.time()}"))
        for each in first[500:505]
    ]
    second, requests = await listed.again()
    assert requests == 5 + 5
    assert second[500:505] == changed
    assert second[:500] + second[505:] == first[:500] + first[505:]


async def test_many_changed_rows_are_listed(listed: Listed) -> None:
    first, _ = await listed.again()
    text = f"{time.time()}"
    await asyncio.gather(
        *(listed.catalog.replace_line(replace(each, error=text)) for each in first[:60])
    )
    second, requests = await listed.again()
    assert requests == 5 + MANY // 50
    assert [each.error == text for each in second] == [True] * 60 + [False] * (MANY - 60)


async def test_listing_leaves_room_for_other_work(listed: Listed) -> None:
    """No block of the event loop is long, measured in processor time. The bench holds the limit."""
    storage = Storage(listed.account)
    catalog = TableCatalog(storage, "manylinescatalog")
    blocks: list[float] = []

    async def observe() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0.001)
            blocks.append(time.thread_time() - began)

    observing = asyncio.create_task(observe())
    for _ in range(3):
        assert len(await catalog.lines()) == MANY
    observing.cancel()
    await storage.close()
    assert sorted(blocks)[-2] < 0.06  # 0.25 s when all rows were parsed at once
