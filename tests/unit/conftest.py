"""A router over fakes, for tests that need no special one."""

import time

import pytest

from tests.fakes.router import InMemoryRouter


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router whose line is in service."""
    router = InMemoryRouter(monotonic=time.monotonic)
    await router.provision()
    await router.context.snapshots.refresh()
    return router
