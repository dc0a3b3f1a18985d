"""What is measured: the local run, from empty, in a directory of its own, gone afterwards.

Every measurement has its own, so that none meets what another one has left in storage.
"""

import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp

from bench import site
from bench.durable import Durable
from bench.failure import MeasurementFailed
from bench.instance import completed
from demo.client import Router
from emulator.processes.process import ROOT
from emulator.stack import lifecycle
from emulator.stack.state_directory import StateDirectory
from samples.pack import pack

Say = Callable[[str], None]
APPS = Path(__file__).parent / "apps"
_ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Stage:
    """The local run: its directory, its endpoints, and the router as its clients see it."""

    state: Path
    session: aiohttp.ClientSession
    router: Router
    endpoints: dict[str, Any]

    @property
    def storage(self) -> str:
        """The connection string."""
        return str(self.endpoints["storage"])

    @property
    def client_key(self) -> str:
        """The key of the router's client routes."""
        return str(self.endpoints["keys"]["client"])

    async def register(self, version: str) -> None:
        """A release of the app that does nothing."""
        answer = await self.router.register(version, pack("nothing", APPS))
        if answer.status != 201:
            raise MeasurementFailed(f"{version} is not registered: {answer.status} {answer.body}")

    async def open_line(self, version: str) -> site.Site:
        """Register a release and start it once; its function app."""
        await self.register(version)
        started = await self.router.start("nothing", version, None)
        await completed(self.session, started.status_url)
        line = await self.router.get(f"/api/lines/{version.rpartition('.')[0]}")
        name = line.body["functionApp"]
        return next(each for each in site.sites(self.state) if each.name == name)

    async def durable(self, app: site.Site) -> Durable:
        """An app's own Durable API."""
        found = await site.keys(self.storage, app.name)
        return Durable(self.session, app.url, found["systemKeys"]["durabletask_extension"])


@asynccontextmanager
async def stage(
    say: Say, *, access_log: bool = False, settings: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[Stage]:
    """The local run, up and healthy; kept on disk only if the measurement breaks.

    `settings`: of the router, instead of the local run's.
    """
    state = StateDirectory(Path(tempfile.mkdtemp(prefix="bench-")))
    end: Callable[[StateDirectory, Say], Awaitable[object]] = lifecycle.clean
    say("starting Azurite, the emulated Azure and the router")
    limit = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
    try:
        await lifecycle.up(state, ROOT, lambda _: None, access_log=access_log, settings=settings)
        endpoints = json.loads(state.endpoints.read_text(encoding="utf-8"))
        connector = aiohttp.TCPConnector(limit=256)
        async with aiohttp.ClientSession(timeout=limit, connector=connector) as session:
            router = Router(session, endpoints["router"], endpoints["keys"])
            yield Stage(state.root, session, router, endpoints)
    except Exception:
        end = lifecycle.down
        say(f"it broke; logs and storage stay in {state.root}")
        raise
    finally:
        await end(state, lambda _: None)
