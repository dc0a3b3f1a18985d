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
from emulator import stack
from emulator.interrupt import ignore_interrupts
from emulator.places import Places
from emulator.process import ROOT
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

    places: Places
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
    places = Places(Path(tempfile.mkdtemp(prefix="soak-")))
    keep = True
    try:
        endpoints = await stack.up(places, ROOT, say, settings=_SETTINGS)
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
        limit = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=limit) as session:
            client = Client(session, endpoints["router"], endpoints["keys"])
            azure, store = Azure.of(session, endpoints), Store(str(endpoints["storage"]))
            await store.make_traces()
            found = Stage(places, session, client, azure, store)
            yield found
            keep = found.keep
    finally:
        ignore_interrupts()
        say("stopping everything")
        if keep:
            say(f"logs and storage stay in {places.root}")
        await (stack.down if keep else stack.clean)(places, lambda _: None)
