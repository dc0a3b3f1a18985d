"""Azure on loopback for the tests of faults: one storage and one control plane for all of them."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import pytest_asyncio

from harness.arm_emulator import ArmEmulator, running_arm
from harness.azurite import Azurite, running_azurite
from router.azure.arm.platform import READ_TIMEOUT
from router.azure.storage.account import ClientOptions
from tests.contract.faults.scene import Scene, opened, settings

_numbers = itertools.count(1)
Open = Callable[..., AbstractAsyncContextManager[Scene]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the control plane logs: every call that it was sent."""
    return tmp_path_factory.mktemp("logs") / "arm.log"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def arm(
    azurite: Azurite, log: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ArmEmulator]:
    directory = tmp_path_factory.mktemp("arm")
    async with running_arm(directory, azurite.account(), log, latency=0.5) as running:
        yield running


@pytest.fixture
def open_scene(
    azurite: Azurite, arm: ArmEmulator, log: Path, monkeypatch: pytest.MonkeyPatch
) -> Open:
    """Opens a router with settings of its own on top of the short ones."""
    for name, value in arm.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")

    def open_one(
        account: str | None = None,
        through: str | None = None,
        options: ClientOptions | None = None,
        arm_timeout: float = READ_TIMEOUT,
        **others: str,
    ) -> AbstractAsyncContextManager[Scene]:
        app = f"app{next(_numbers)}"
        told = settings(arm, account or azurite.account(), app, **others)
        return opened(arm, log, told, through, options, arm_timeout)

    return open_one


@pytest_asyncio.fixture
async def scene(open_scene: Open) -> AsyncIterator[Scene]:
    async with open_scene() as one:
        yield one
