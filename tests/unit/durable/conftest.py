"""The conformance app, loaded once: importing it under two names would register it twice."""

import sys
from pathlib import Path

import pytest

from emulator.host.worker import Worker

sys.path.insert(0, str(Path(__file__).parent))
CONFORMANCE = Path(__file__).parents[2] / "conformance"


@pytest.fixture(scope="session")
def worker() -> Worker:
    """The functions of the conformance app, called through the real SDK."""
    return Worker.load(CONFORMANCE / "app")
