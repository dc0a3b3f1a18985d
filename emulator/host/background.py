"""The host's interface to its background triggers: timers, queues and blobs."""

import importlib
from typing import Protocol

from emulator.host.app import App
from emulator.host.functions.function import BACKGROUND, STORAGE
from emulator.host.functions.worker import Worker


class Triggers(Protocol):
    """Fires functions by the time and by what is in storage."""

    def process(self) -> None:
        """Listen from now on."""

    def idle_seconds(self) -> float:
        """Return for how long no function has run."""

    def pause(self) -> None:
        """Take nothing more."""

    async def drain(self) -> None:
        """Take nothing more, and finish what was taken."""

    async def stop(self) -> None:
        """Drain and close all connections."""


def needed(worker: Worker) -> bool:
    """Return whether any function of the app has such a trigger or a storage binding."""
    types = {b["type"] for function in worker.functions.values() for b in function.bindings}
    return not types.isdisjoint(BACKGROUND | STORAGE)


def make(app: App, worker: Worker, site: str) -> Triggers:
    """Create the triggers of one app, and its storage bindings."""
    # Imported here, so that only apps that need them pay for them.
    module = importlib.import_module("emulator.host.triggers.listeners")
    triggers: Triggers = module.Listeners(app, worker, site)
    return triggers
