"""A function app of the sample on the emulated host, with its releases deployed over each other."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harness.azurite import Azurite, running_azurite
from harness.function_host import FunctionHost
from samples.pack import pack

# Messages that a dead host held are hidden for this long, which is beyond the patience of a wait.
VISIBILITY_SECONDS = 900
_SETTINGS = {
    f"storageProvider__{queue}QueueVisibilityTimeout": f"00:{VISIBILITY_SECONDS // 60:02}:00"
    for queue in ("control", "workItem")
}


class App:
    """One function app: a directory, and a host while it runs."""

    def __init__(self, directory: Path, storage: str) -> None:
        self._directory = directory / "app"
        self.host = FunctionHost("orders-1-0", storage, directory / "host.log")

    async def deploy(self, release: str) -> None:
        """Replace the running release by another, and wait until it answers."""
        await self.host.stop()
        zipfile.ZipFile(io.BytesIO(pack(release))).extractall(self._directory)
        await self.host.start(self._directory, **_SETTINGS)

    async def end(self, instance_id: str) -> tuple[str, object]:
        """Return runtime status and output once the instance has ended."""
        status = await self.host.end(instance_id)
        return status["runtimeStatus"], status["output"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest_asyncio.fixture
async def app(azurite: Azurite, tmp_path: Path) -> AsyncIterator[App]:
    app = App(tmp_path, azurite.account())
    yield app
    await app.host.stop()
