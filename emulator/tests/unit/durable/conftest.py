"""The conformance app, loaded once because the SDK cannot register it twice in one process."""

from pathlib import Path

import pytest

from emulator.host.functions.worker import Worker

CONFORMANCE = Path(__file__).parents[2] / "conformance"


@pytest.fixture(scope="session")
def worker() -> Worker:
    """Return a worker with the conformance app, which it calls through the real SDK."""
    return Worker.load(CONFORMANCE / "app")
