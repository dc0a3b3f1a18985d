"""The environment of a soak: a local run of its own, from empty storage.

Its state directory is removed if nothing was wrong, and kept for inspection otherwise.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp

from harness.azure_client import AzureClient
from harness.leftovers import function_apps_and_plans
from harness.local_stack import LocalStack, Log, running, temporary_state
from harness.router_client import RouterClient
from soak.storage import Storage

_SETTINGS = {
    "EMULATOR_ROUTERS": "all,all",  # which requests go to in turns
    "ROUTER_STEP_SECONDS": "20",  # the cost of a package that does not come up
    "EMULATOR_IDLE_SECONDS": "10",  # so short that apps scale to zero under the load
}
_CONNECTIONS = 256
_ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Environment:
    """A running stack and its clients."""

    stack: LocalStack
    session: aiohttp.ClientSession
    router: RouterClient
    azure: AzureClient
    storage: Storage

    async def left_over(self) -> list[str]:
        """Return what should not exist once every line is retired."""
        found = await function_apps_and_plans(self.azure)
        return found + await self.storage.left_over() + await self.storage.unfinished()


@contextlib.asynccontextmanager
async def environment(log: Log) -> AsyncIterator[Environment]:
    """Run Azurite, the emulated Azure and the router."""
    stack = LocalStack(temporary_state("soak"), settings=_SETTINGS, log=log)
    kept = True
    try:
        async with running(stack):
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
            limit = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
            async with aiohttp.ClientSession(connector=connector, timeout=limit) as session:
                storage = Storage(stack.storage)
                router = RouterClient.of(session, stack.endpoints)
                azure = AzureClient.of(session, stack.endpoints)
                yield Environment(stack, session, router, azure, storage)
            log("stopping everything")
        kept = stack.keep
    finally:
        if kept:
            log(f"logs and storage are kept in {stack.state}")
