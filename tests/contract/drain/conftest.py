"""Azurite, and draining lines with hubs and apps of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harness.azurite import Azurite, running_azurite
from tests.contract.drain.environment import DrainEnvironment


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    azurite: Azurite, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[DrainEnvironment]:
    """A line for all tests of a module, each of which leaves its hub drained."""
    accounts = azurite.account(), azurite.account()
    async with DrainEnvironment(*accounts, tmp_path_factory.mktemp("shared")) as environment:
        yield environment


@pytest_asyncio.fixture(loop_scope="module")
async def environment(shared: DrainEnvironment) -> DrainEnvironment:
    """Return the shared line, with its app running."""
    shared.close_gate()
    await shared.start_app()
    return shared


@pytest_asyncio.fixture(loop_scope="module")
async def stopped(shared: DrainEnvironment) -> DrainEnvironment:
    """Return the shared line, with its app stopped."""
    shared.close_gate()
    await shared.stop_app()
    return shared


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(azurite: Azurite, tmp_path: Path) -> AsyncIterator[DrainEnvironment]:
    """A line with a hub of its own, which may keep messages. Its app runs."""
    async with DrainEnvironment(azurite.account(), azurite.account(), tmp_path) as environment:
        await environment.start_app()
        yield environment
