"""The local run that a soak has to itself: from empty, ended whatever happens.

Its state directory is removed when all was well, and kept to be looked at when it was not.
"""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from demo.azure import Azure
from emulator.processes.process import ROOT
from emulator.processes.signals import ignore_signals
from emulator.stack import lifecycle
from emulator.stack.state_directory import StateDirectory
from soak.client import Client
from soak.store import Store

Say = Callable[[str], None]
_SETTINGS = {
    "ROUTER_STEP_SECONDS": "20",  # what a package that does not come up costs
}
_CONNECTIONS = 256
_ANSWER_SECONDS = 60.0


@dataclass(slots=True)
class Stage:
    """Everything is up. `keep`: it is to be looked at afterwards."""

    state: StateDirectory
    session: aiohttp.ClientSession
    client: Client
    azure: Azure
    store: Store
    keep: bool = False

    async def left_over(self) -> list[str]:
        """What is there once every line is retired, and should not be."""
        found = [f"function app {name}" for name in await self.azure.function_apps()]
        found += [f"plan {name}" for name in await self.azure.plans()]
        return found + await self.store.left_over() + await self.store.unfinished()


@contextlib.asynccontextmanager
async def stage(say: Say) -> AsyncIterator[Stage]:
    """Azurite, the emulated Azure and the router."""
    state = StateDirectory(Path(tempfile.mkdtemp(prefix="soak-")))
    keep = True
    try:
        endpoints = await lifecycle.up(state, ROOT, say, settings=_SETTINGS)
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
        limit = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=limit) as session:
            client = Client(session, endpoints["router"], endpoints["keys"])
            azure, store = Azure.of(session, endpoints), Store(str(endpoints["storage"]))
            await store.make_traces()
            found = Stage(state, session, client, azure, store)
            yield found
            keep = found.keep
    finally:
        ignore_signals()
        say("stopping everything")
        if keep:
            say(f"logs and storage stay in {state.root}")
        await (lifecycle.down if keep else lifecycle.clean)(state, lambda _: None)
