"""Azurite, and draining lines with hubs and apps of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harness.azurite import Azurite, running_azurite
from tests.contract.drain.living_hub import LivingHub


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest_asyncio.fixture
async def idle(azurite: Azurite, tmp_path: Path) -> AsyncIterator[LivingHub]:
    """A hub whose app does not run."""
    async with LivingHub(azurite.account(), azurite.account(), tmp_path) as hub:
        yield hub


@pytest_asyncio.fixture
async def hub(idle: LivingHub) -> LivingHub:
    """A hub whose app runs."""
    await idle.start_app()
    return idle
