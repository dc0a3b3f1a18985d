"""What the adapters are tested against: a real Azurite, and the emulated control plane."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from harness.arm_emulator import ArmEmulator, running_arm
from harness.azurite import Azurite, running_azurite
from router.azure.arm.platform import ArmPlatform
from router.azure.identity import identity
from router.azure.storage.account import Storage
from router.domain.resource_names import APP_TAG, LINE_TAG
from router.ports import AppSpec
from tests.contract.azure.arm_scene import SECRET, settings
from tests.contract.azure.hub_scene import Opened
from tests.contract.azure.recordings import loaded


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest_asyncio.fixture
async def storage(azurite: Azurite) -> AsyncIterator[Storage]:
    account = Storage(azurite.account())
    yield account
    await account.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arm(
    azurite: Azurite, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ArmEmulator]:
    directory = tmp_path_factory.mktemp("arm")
    async with running_arm(directory, azurite.account()) as running:
        yield running


@pytest_asyncio.fixture
async def platform(
    arm: ArmEmulator, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ArmPlatform]:
    for name, value in arm.environment.items():
        monkeypatch.setenv(name, value)
    credential = identity()
    adapter = ArmPlatform(settings(arm.url), storage, credential)
    await adapter._resources.resource_groups.create_or_update(
        "orders-rg", {"location": "westeurope"}
    )
    yield adapter
    await arm.clear_faults()
    await adapter.close()
    await credential.close()


@pytest.fixture
def spec(request: pytest.FixtureRequest, azurite: Azurite) -> AppSpec:
    """An app of its own for each test."""
    name = f"orders-1-0-{abs(hash(request.node.name)) % 10**8}"
    return AppSpec(
        name,
        f"{name}-plan",
        {"AzureWebJobsStorage": azurite.account(), "RELEASE_LINE": "1.0", "SECRET": SECRET},
        {APP_TAG: "orders", LINE_TAG: "1.0"},
    )


@pytest_asyncio.fixture
async def opened() -> AsyncIterator[Opened]:
    """Opens accounts by connection string, and closes them."""
    async with AsyncExitStack() as stack:

        def open_account(connection: str) -> Storage:
            storage = Storage(connection)
            stack.push_async_callback(storage.close)
            return storage

        yield open_account


@pytest_asyncio.fixture
async def in_flight(azurite: Azurite, opened: Opened) -> tuple[Storage, Storage]:
    """The lines' and the tracking account with everything in flight."""
    accounts = await loaded(azurite, "02")
    return opened(accounts["line10"]), opened(accounts["tracking"])
