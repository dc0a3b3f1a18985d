"""The whole system on loopback, from empty: Azurite, the emulated Azure, the router on its host.

One stack serves all the tests of a module; each test uses lines of its own.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from demo.client import Router
from emulator.processes.process import ROOT


class Stack:
    """What `emulator up` made: its endpoints, and its processes to be killed."""

    def __init__(self, state: Path, settings: Mapping[str, str], app: Path = ROOT) -> None:
        self.state = state
        self._settings = settings
        self._app = app

    @property
    def endpoints(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.state / "endpoints.json").read_text())
        return found

    def up(self) -> None:
        self._emulator("up", "--app", str(self._app))

    def down(self) -> None:
        self._emulator("down")

    def _emulator(self, command: str, *more: str) -> None:
        words = (sys.executable, "-m", "emulator", command, "--state", str(self.state), *more)
        environment = os.environ | self._settings
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """The module's own; its SETTINGS go before those of the local run."""
    settings = getattr(request.module, "SETTINGS", {})
    found = Stack(tmp_path_factory.mktemp("stack"), settings)  # pytest keeps the last runs' logs
    try:
        found.up()
        yield found
    finally:
        found.down()


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened
    await asyncio.sleep(0)


@pytest_asyncio.fixture
async def router(stack: Stack, session: aiohttp.ClientSession) -> Router:
    return Router(session, stack.endpoints["router"], stack.endpoints["keys"])
