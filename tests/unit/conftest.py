"""A router over fakes; a test that needs another one makes its own."""

import time

import pytest

from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import Scene


@pytest.fixture
async def scene() -> Scene:
    """Its line is up."""
    made = Scene(MemoryCatalog(), time.monotonic)
    await made.up()
    await made.context.snapshots.refresh()
    return made
