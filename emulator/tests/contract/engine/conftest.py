"""One Azurite for the engine's tests, with a new account for each of them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from harness.azurite import Azurite, running_azurite


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture
def account(azurite: Azurite) -> str:
    return azurite.account()
