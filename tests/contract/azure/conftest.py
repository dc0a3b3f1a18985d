"""The adapters' counterparts: a real Azurite, and the emulated control plane."""

import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from harness.arm_emulator import ArmEmulator, running_arm
from harness.azurite import Azurite, running_azurite
from router.azure.app_http import HttpUpstream
from router.azure.arm.platform import ArmPlatform
from router.azure.identity import identity
from router.azure.storage.account import Storage
from router.domain.resource_names import APP_TAG, LINE_TAG
from router.ports import AppSpec
from tests.contract.azure.control_plane import SECRET, OpenPlatform, settings
from tests.contract.azure.line_app import App
from tests.contract.azure.recordings import Open, loaded
from tests.contract.management import Management, management


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest_asyncio.fixture
async def storage(azurite: Azurite) -> AsyncIterator[Storage]:
    account = Storage(azurite.account())
    yield account
    await account.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def arm(
    azurite: Azurite, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ArmEmulator]:
    directory = tmp_path_factory.mktemp("arm")
    async with running_arm(directory, azurite.account()) as running:
        yield running


@pytest_asyncio.fixture
async def azure(arm: ArmEmulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Management]:
    """The test's own view of the resource group."""
    for name, value in arm.environment.items():
        monkeypatch.setenv(name, value)
    async with management(settings(arm.url)) as own:
        await own.create_group("westeurope")
        yield own


@pytest_asyncio.fixture
async def open_platform(
    arm: ArmEmulator, azure: Management, storage: Storage
) -> AsyncIterator[OpenPlatform]:
    """Open adapters for other apps, groups or addresses than `platform`."""
    async with AsyncExitStack() as stack:
        credential = await stack.enter_async_context(identity())

        def open_one(url: str = arm.url, **names: str) -> ArmPlatform:
            adapter = ArmPlatform(settings(url, **names), storage, credential)
            stack.push_async_callback(adapter.close)
            return adapter

        yield open_one
        await arm.clear_faults()


@pytest.fixture
def platform(open_platform: OpenPlatform) -> ArmPlatform:
    return open_platform()


@pytest.fixture
def spec(request: pytest.FixtureRequest, azurite: Azurite) -> AppSpec:
    """Return the specification of an app that no other test uses."""
    name = f"orders-1-0-{zlib.crc32(request.node.name.encode())}"
    return AppSpec(
        name,
        f"{name}-plan",
        {"AzureWebJobsStorage": azurite.account(), "RELEASE_LINE": "1.0", "SECRET": SECRET},
        {APP_TAG: "orders", LINE_TAG: "1.0"},
    )


@pytest_asyncio.fixture
async def open_account() -> AsyncIterator[Open]:
    """Open accounts by connection string."""
    async with AsyncExitStack() as stack:

        def open_one(connection: str) -> Storage:
            storage = Storage(connection)
            stack.push_async_callback(storage.close)
            return storage

        yield open_one


@pytest_asyncio.fixture
async def in_flight(azurite: Azurite, open_account: Open) -> tuple[Storage, Storage]:
    """Return the lines' and the tracking account with everything in flight."""
    accounts = await loaded(azurite, "02")
    return open_account(accounts["line10"]), open_account(accounts["tracking"])


@pytest_asyncio.fixture
async def app() -> AsyncIterator[App]:
    running = App()
    await running.server.start_server()
    yield running
    await running.server.close()


@pytest_asyncio.fixture
async def upstream() -> AsyncIterator[HttpUpstream]:
    adapter = HttpUpstream(seconds=2)
    yield adapter
    await adapter.close()
