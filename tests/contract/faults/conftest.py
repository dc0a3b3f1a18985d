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
from tests.contract.faults.environment import Environment, opened, settings

_numbers = itertools.count(1)
Open = Callable[..., AbstractAsyncContextManager[Environment]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the control plane's log, which has every call."""
    return tmp_path_factory.mktemp("logs") / "arm.log"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def arm(
    azurite: Azurite, log: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ArmEmulator]:
    directory = tmp_path_factory.mktemp("arm")
    async with running_arm(directory, azurite.account(), log, latency=0.5) as running:
        yield running


@pytest.fixture
def open_environment(
    azurite: Azurite, arm: ArmEmulator, log: Path, monkeypatch: pytest.MonkeyPatch
) -> Open:
    """Return a function that opens a router, with settings that override the short ones."""
    for name, value in arm.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")

    def open_one(
        account: str | None = None,
        through: str | None = None,
        options: ClientOptions | None = None,
        arm_timeout: float = READ_TIMEOUT,
        **others: str,
    ) -> AbstractAsyncContextManager[Environment]:
        app = f"app{next(_numbers)}"
        configured = settings(arm, account or azurite.account(), app, **others)
        return opened(arm, log, configured, through, options, arm_timeout)

    return open_one


@pytest_asyncio.fixture
async def environment(open_environment: Open) -> AsyncIterator[Environment]:
    async with open_environment() as one:
        yield one
