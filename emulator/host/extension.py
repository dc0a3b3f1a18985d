"""The durable extension, as the host sees it.

Owns what the host asks of the extension, and when an app has one. Knows nothing of what it does.
"""

import importlib
from collections.abc import Mapping
from typing import Any, Protocol

from aiohttp import web

from emulator.host.functions.worker import Worker

BINDINGS = frozenset({"orchestrationTrigger", "activityTrigger", "entityTrigger", "durableClient"})


class Extension(Protocol):
    """Runs orchestrations and answers Durable's HTTP API. The host checks keys before."""

    async def start(self) -> None:
        """Open the task hub and begin to work on it."""

    async def stop(self) -> None:
        """End what runs and let go of the task hub."""

    def client_binding(self, base_url: str, key: str, rpc_base_url: str) -> str:
        """The JSON text that a durable client is made from."""

    async def handle(self, request: web.Request, tail: str) -> web.Response:
        """Answer a request to the management API; `tail` is the path behind its base."""


def needed(worker: Worker) -> bool:
    """Whether any function of the app has to do with durable."""
    types = {b["type"] for function in worker.functions.values() for b in function.bindings}
    return not BINDINGS.isdisjoint(types)


def make(
    settings: Mapping[str, str], host_json: Mapping[str, Any], worker: Worker, site: str
) -> Extension:
    """The extension of one app. Imported here, as only apps that need it should pay for it."""
    module = importlib.import_module("emulator.durable.extension")
    extension: Extension = module.DurableExtension(settings, host_json, worker, site)
    return extension
