"""The listeners of one app's timers, queues and blobs, and its storage bindings."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from azure.core.exceptions import AzureError

from emulator.host.app import App
from emulator.host.bindings.accounts import Accounts, NoConnectionError
from emulator.host.bindings.queue_options import queue_options
from emulator.host.bindings.storage_bindings import StorageBindings
from emulator.host.errors import PackageFailed
from emulator.host.functions.function import BACKGROUND
from emulator.host.functions.worker import Worker
from emulator.host.triggers.activity import Activity
from emulator.host.triggers.listener import Listener
from emulator.host.triggers.making import Maker
from emulator.host.triggers.places import Places
from emulator.host.triggers.schedule import InvalidScheduleError

RETRY_SECONDS = 2.0
_UNREADABLE = (PackageFailed, NoConnectionError, InvalidScheduleError, KeyError, ValueError)

log = logging.getLogger("Host.Triggers")


class Listeners:
    """Implements `emulator.host.background.Triggers`."""

    def __init__(self, app: App, worker: Worker, site: str) -> None:
        self._app = app
        self._activity = Activity()
        self._accounts = Accounts(app.settings)
        options = queue_options(app.document)
        worker.bindings = StorageBindings(self._accounts, app.settings, options)
        self._places = Places(self._accounts, site)
        self._maker = Maker(
            worker, app.settings, options, self._accounts, self._places, self._activity
        )
        self._listeners: list[Listener] = []
        self._tasks: list[asyncio.Task[None]] = []

    def process(self) -> None:
        """Listen from now on."""
        if self._tasks or self._listeners:
            return
        self._listeners = self._made()
        if self._listeners:
            self._tasks = [
                asyncio.create_task(self._keep(run))
                for each in self._listeners
                for run in each.runs
            ]

    def idle_seconds(self) -> float:
        """Return for how long no function has run."""
        return self._activity.idle_seconds()

    def pause(self) -> None:
        """Take nothing more."""
        for task in self._tasks:
            task.cancel()

    async def drain(self) -> None:
        """Take nothing more, and finish what was taken."""
        self.pause()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for listener in self._listeners:
            await listener.finish()

    async def stop(self) -> None:
        """Drain and close all connections."""
        try:
            await self.drain()
        finally:
            await self._accounts.close()

    def _made(self) -> list[Listener]:
        made = []
        for name, function in self._app.functions.items():
            if function.trigger not in BACKGROUND or function.problem:
                continue
            if name in self._app.disabled:
                log.info("Function '%s' is disabled", name)
                continue
            try:
                made.append(self._maker.listener(function))
            except _UNREADABLE as error:
                log.error("The '%s' function is in error: %s", name, error)  # noqa: TRY400
        return made

    async def _keep(self, run: Callable[[], Awaitable[None]]) -> None:
        """Run a listener again after a failure of storage."""
        while True:
            try:
                await self._places.create()
                return await run()
            except AzureError as error:
                log.warning("a listener begins again: %s", error)
            await asyncio.sleep(RETRY_SECONDS)
