"""The durable extension's interface to the host."""

import importlib
from collections.abc import Mapping
from typing import Any, Protocol

from aiohttp import web

from emulator.host.functions.worker import Worker
from emulator.host.kestrel.request import Request

BINDINGS = frozenset({"orchestrationTrigger", "activityTrigger", "entityTrigger", "durableClient"})


class Extension(Protocol):
    """Runs orchestrations and serves Durable's HTTP API, after the host has checked the key."""

    async def start(self) -> None:
        """Open the task hub."""

    def process(self) -> None:
        """Process the messages of the task hub from now on."""

    def idle_seconds(self) -> float:
        """Return for how long there has been nothing to process."""

    async def drain(self) -> None:
        """Take no more work, and finish what was taken."""

    async def stop(self) -> None:
        """Stop processing and release the task hub."""

    def client_binding(self, base_url: str, key: str, rpc_base_url: str) -> str:
        """Return the JSON text from which a durable client is created."""

    async def handle(self, request: Request, tail: str) -> web.Response:
        """Answer a request to the API whose path after its base, decoded once, is `tail`."""


def needed(worker: Worker) -> bool:
    """Return whether any function of the app uses a durable binding."""
    types = {b["type"] for function in worker.functions.values() for b in function.bindings}
    return not BINDINGS.isdisjoint(types)


def make(
    settings: Mapping[str, str], host_json: Mapping[str, Any], worker: Worker, site: str
) -> Extension:
    """Create the extension of one app."""
    # Imported here, so that only apps that need it pay for it.
    module = importlib.import_module("emulator.durable.extension")
    extension: Extension = module.DurableExtension(settings, host_json, worker, site)
    return extension
