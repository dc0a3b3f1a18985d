"""The environment of a measurement: a local run of its own, from empty storage."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp
import psutil

from bench.figure import MeasurementError
from emulator.processes.process import find
from harness.durable_client import DurableClient
from harness.function_host import host_keys
from harness.local_stack import LocalStack, Log, running, temporary_state
from harness.router_client import RouterClient, Started
from harness.waiting import instance_ended
from samples.pack import pack

APPS = Path(__file__).parent / "apps"
_ANSWER_SECONDS = 60.0
_CONNECTIONS = 256


@dataclass(frozen=True, slots=True)
class Site:
    """A running function app."""

    name: str
    url: str
    pid: int


@dataclass(frozen=True, slots=True)
class Environment:
    """A running stack, and the router as its clients see it."""

    stack: LocalStack
    session: aiohttp.ClientSession
    router: RouterClient
    endpoints: dict[str, Any]

    async def register(self, version: str) -> None:
        """Register a release of the app that does nothing."""
        answer = await self.router.register(version, pack("nothing", APPS))
        if answer.status != 201:
            raise MeasurementError(f"{version} is not registered: {answer.status} {answer.body}")

    async def open_line(self, version: str) -> Site:
        """Register a release and start it once. Return its function app."""
        await self.register(version)
        started = await self.router.start("nothing", version, None)
        await completed(self.router, started)
        line = await self.router.get(f"/api/lines/{version.rpartition('.')[0]}")
        return _site(self.stack.state, line.body["functionApp"])

    async def durable(self, site: Site) -> DurableClient:
        """Return a client of an app's own Durable API."""
        keys = await host_keys(self.stack.storage, site.name)
        return DurableClient(self.session, site.url, keys["systemKeys"]["durabletask_extension"])


@asynccontextmanager
async def environment(
    log: Log, *, access_log: bool = False, settings: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[Environment]:
    """Run a healthy stack. What it stored is kept only if the measurement fails.

    `settings` override those of the local run. No app scales to zero unless they say so.
    """
    settings = {"EMULATOR_IDLE_SECONDS": "0", **settings}
    log("starting Azurite, the emulated Azure and the router")
    stack = LocalStack(temporary_state("bench"), settings=settings, access_log=access_log)
    limit = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    try:
        async with running(stack):
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
            async with aiohttp.ClientSession(timeout=limit, connector=connector) as session:
                router = RouterClient.of(session, stack.endpoints)
                yield Environment(stack, session, router, stack.endpoints)
    except Exception:
        log(f"failed; logs and storage are kept in {stack.state}")
        raise


async def completed(
    router: RouterClient, started: Started, poll_seconds: float = 0.01
) -> dict[str, Any]:
    """Return the status of an instance once it is Completed. MeasurementError if it ends else."""
    status = await instance_ended(router, started, poll_seconds=poll_seconds)
    if status["runtimeStatus"] != "Completed":
        raise MeasurementError(f"{started.id} should complete, but is {status}")
    return status


def _site(state: Path, name: str) -> Site:
    """Find the process of a function app by its marks."""
    for process in find(state):
        marks = psutil.Process(process.pid).environ()
        if marks.get("WEBSITE_SITE_NAME") == name:
            return Site(name, f"http://{marks['WEBSITE_HOSTNAME']}", process.pid)
    raise MeasurementError(f"no process runs {name}")
