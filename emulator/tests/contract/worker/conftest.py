"""Worker processes of apps that a test writes, ended after the test."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from textwrap import dedent

import pytest_asyncio

from emulator.host.functions.worker import Worker
from emulator.host.functions.worker_command import worker_command

IMPORTS = """\
import asyncio, os, threading, time
import azure.functions as func
import azure.durable_functions as df
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""

StartApp = Callable[..., Awaitable[Worker]]


@pytest_asyncio.fixture
async def start_app(tmp_path: Path) -> AsyncIterator[StartApp]:
    """Return a function that writes function_app.py, after the usual imports, and starts it."""
    started: list[Worker] = []

    async def start(
        code: str, *, imports: str = IMPORTS, limit: int | None = None, **settings: str
    ) -> Worker:
        (tmp_path / "function_app.py").write_text(imports + dedent(code))
        environment = {"PATH": os.environ["PATH"], **settings}
        command = worker_command(tmp_path, environment, {})
        started.append(await Worker.start(command, limit))
        return started[-1]

    yield start
    for worker in started:
        await worker.close()
