"""The conformance app, loaded once: the real SDK cannot register it twice in one process."""

from pathlib import Path

import pytest

from emulator.host.functions.worker import Worker

CONFORMANCE = Path(__file__).parents[2] / "conformance"


@pytest.fixture(scope="session")
def worker() -> Worker:
    """The functions of the conformance app, called through the real SDK."""
    return Worker.load(CONFORMANCE / "app")
