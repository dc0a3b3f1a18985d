"""The router's own services over a played world; a test that needs another one makes its own."""

import time
from typing import Any

import pytest

from tests.fakes.catalog import MemoryCatalog
from tests.fakes.orchestrations import RememberedOrchestrations
from tests.fakes.scene import Scene


@pytest.fixture
def run() -> Any:
    return RememberedOrchestrations()


@pytest.fixture
async def scene(run: Any) -> Scene:
    """Its line is up."""
    made = Scene(MemoryCatalog(), time.monotonic)
    await made.up(run)
    await made.services.snapshots.refresh()
    return made
