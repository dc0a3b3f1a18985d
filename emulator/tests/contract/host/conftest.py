"""One Azurite for all tests of the host, and hosts that are always stopped."""

import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from emulator.tests.contract.host.host_process import HostProcess
from harness.azurite import Azurite, running_azurite

HERE = Path(__file__).parent
NUMBERS = itertools.count(1)
SETTINGS = {"SHELF": "fiction", "HUB": "Shelf"}

MakeHost = Callable[..., HostProcess]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture(scope="session")
def storage(azurite: Azurite) -> str:
    return azurite.account()


@pytest.fixture
def host(storage: str, tmp_path: Path) -> Iterator[MakeHost]:
    """Makes a host of a new site, not started, on a package or on a copy of one of ours."""
    made: list[HostProcess] = []

    def make(app: str | Path, site: str | None = None) -> HostProcess:
        number = next(NUMBERS)
        package = app if isinstance(app, Path) else tmp_path / f"{app}-{number}"
        if isinstance(app, str):
            shutil.copytree(HERE / app, package)
        log = tmp_path / f"{number}.log"
        made.append(HostProcess(package, storage, site or f"site{number}", log))
        return made[-1]

    yield make
    for process in made:
        process.stop()


@pytest.fixture(scope="module")
def served(storage: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One running host of http_app for all tests of a module that leave it as it is."""
    log = tmp_path_factory.mktemp("served") / "log"
    process = HostProcess(HERE / "http_app", storage, f"site{next(NUMBERS)}", log)
    process.start(SETTINGS)
    yield process
    assert process.stop() == 0
