"""What the adapters are tested against: a real Azurite, for the whole session."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from router.adapters.storage import Storage
from tests.contract.adapters.azurite import Azurite, running_azurite


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest_asyncio.fixture
async def storage(azurite: Azurite) -> AsyncIterator[Storage]:
    account = Storage(azurite.account())
    yield account
    await account.close()
