"""Azurite, and function hosts with accounts of their own."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from harness.azurite import Azurite, running_azurite
from harness.function_host import FunctionHost

NewHost = Callable[..., FunctionHost]
VISIBILITY_SECONDS = "6"
STOP_SECONDS = "1"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest_asyncio.fixture
async def new_host(
    azurite: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[NewHost]:
    """Return a factory of unstarted hosts with new accounts, which are stopped at the end."""
    monkeypatch.setenv("EMULATOR_VISIBILITY_SECONDS", VISIBILITY_SECONDS)
    monkeypatch.setenv("EMULATOR_STOP_SECONDS", STOP_SECONDS)
    hosts: list[FunctionHost] = []

    def make(site: str = "site", storage: str | None = None) -> FunctionHost:
        log = tmp_path / f"{site}-{len(hosts)}.log"
        hosts.append(FunctionHost(site, storage or azurite.account(), log))
        return hosts[-1]

    yield make
    for host in hosts:
        await host.stop()
