"""The conformance app in a worker process, which all tests share."""

import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from emulator.host.functions.worker import Worker
from emulator.host.functions.worker_command import worker_command

CONFORMANCE = Path(__file__).parents[2] / "conformance"
OF_A_WORKER = frozenset({"worker", "releases"})


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Run the tests of a worker in the event loop that it was started in."""
    for item in items:
        if pytest_asyncio.is_async_test(item) and _uses_worker(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def _uses_worker(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and not OF_A_WORKER.isdisjoint(item.fixturenames)


async def start(package: Path) -> Worker:
    """Return a worker of an app, which it calls through the real SDK."""
    return await Worker.start(worker_command(package, {"PATH": os.environ["PATH"]}, {}))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker() -> AsyncIterator[Worker]:
    """Start a worker of the conformance app."""
    started = await start(CONFORMANCE / "app")
    yield started
    await started.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def releases() -> AsyncIterator[tuple[Worker, Worker]]:
    """Start the running release and the breaking one that replaces it."""
    breaking = CONFORMANCE / "breaking"
    started = await start(breaking / "running"), await start(breaking / "breaking")
    yield started
    for each in started:
        await each.close()
