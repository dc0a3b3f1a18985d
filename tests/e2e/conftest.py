"""The whole system on loopback, from empty storage.

One stack serves all the tests of a module. Each test uses lines of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from harness.local_stack import LocalStack, running
from harness.router_client import RouterClient

# Waits give up when there is no progress. This ends what even then does not end.
HANG_SECONDS = 2400


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of this directory more time than others have."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(HANG_SECONDS))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LocalStack]:
    """The module's own stack. Its SETTINGS override those of the local run."""
    settings = getattr(request.module, "SETTINGS", {})
    directory = tmp_path_factory.mktemp("stack")  # pytest keeps the logs of the last runs
    async with running(LocalStack(directory, settings=settings, keep=True)) as started:
        yield started


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened
    await asyncio.sleep(0)


@pytest_asyncio.fixture
async def router(stack: LocalStack, session: aiohttp.ClientSession) -> RouterClient:
    return RouterClient.of(session, stack.endpoints)
