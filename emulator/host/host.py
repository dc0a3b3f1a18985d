"""The lifecycle of one function app's host: starting, running or in error, stopping."""

import asyncio
import logging
import math
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from emulator.host import background, extension
from emulator.host.app import App
from emulator.host.background import Triggers
from emulator.host.errors import InvalidSettingError
from emulator.host.extension import Extension
from emulator.host.keys.key_store import KeyStore
from emulator.host.keys.keyring import Keyring
from emulator.host.keys.keys import DURABLE
from emulator.worker import memory

FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 30.0
GAP_SECONDS = 0.2  # for which the triggers outlive the worker when a host restarts
RESTART_STOP_SECONDS = 12.0

log = logging.getLogger("Host.Startup")


class State(StrEnum):
    """The states that /admin/host/status returns."""

    STARTING = "Starting"
    DEFAULT = "Default"  # while the host restarts
    RUNNING = "Running"
    ERROR = "Error"
    STOPPING = "Stopping"


@dataclass(frozen=True, slots=True)
class Address:
    """The base URLs of Durable's API: the public one, and the app's own, which needs no key."""

    durable: str
    rpc: str


class Host:
    """The host of one site with its app, keys and extension.

    It leaves the task hub alone until `process` is called.
    """

    def __init__(self, site: str, app: App, address: Address) -> None:
        self.site = site
        self.app = app
        self.instance_id = uuid.uuid4().hex
        self.began = time.monotonic()
        self.state = State.STARTING
        self.errors: list[str] = []
        self.misconfigured = False  # an extension refuses its settings
        self.extension: Extension | None = None
        self.triggers: Triggers | None = None
        self.keyring = Keyring(
            KeyStore(app.settings.get("AzureWebJobsStorage", ""), site),
            [f.name for f in app.functions.values() if f.trigger == "httpTrigger"],
            self._bind_clients,
        )
        self._address = address
        self._settled = asyncio.Event()
        self._restarting = asyncio.Lock()
        self.drains = False
        self._processing = False
        if app.problem is not None:
            self._fail(app.problem)

    async def start(self) -> None:
        """Read or create the keys and start the extension, retrying until both succeed."""
        await self._retry("the keys", self.keyring.open)
        if self.app.problem is not None:
            self._fail(self.app.problem)
        else:
            if self.app.worker is not None and extension.needed(self.app.worker):
                try:
                    await self._retry("the durable extension", self._start_extension)
                except InvalidSettingError as error:
                    log.exception("the app's settings are refused")
                    self.misconfigured = True
                    self._fail(str(error))
                    return
            self._start_triggers()
            self.state, self.errors = State.RUNNING, []
            self._settled.set()
            log.info("%s is running with %d functions", self.site, len(self.app.functions))
        memory.release()

    def process(self) -> None:
        """Process what triggers find, at once or as soon as they are ready, unless it drains."""
        self._processing = True
        for each in (self.extension, self.triggers):
            if each is not None and not self.drains:
                each.process()

    def idle_seconds(self) -> float:
        """Return for how long no trigger has had anything to process, or the host has run."""
        idle = [each.idle_seconds() for each in (self.extension, self.triggers) if each is not None]
        return min(time.monotonic() - self.began, *idle, math.inf)

    async def ready(self, seconds: float) -> bool:
        """Return whether the host runs, after waiting for one that is still starting."""
        if self.state in {State.STARTING, State.DEFAULT}:
            try:
                await asyncio.wait_for(self._settled.wait(), seconds)
            except TimeoutError:
                return False
        return self.state is not State.ERROR

    async def drain(self) -> None:
        """Stop the triggers until the host restarts. What they have begun is finished."""
        self.drains = True
        parts = (each for each in (self.extension, self.triggers) if each is not None)
        await asyncio.gather(*(each.drain() for each in parts))

    async def restart(self) -> None:
        """Replace the worker and the extension, while requests wait.

        The triggers stop a little later than the worker: what they call in between fails.
        """
        worker = self.app.worker
        async with self._restarting:
            if worker is None or self.state is not State.RUNNING:
                return
            self.state = State.DEFAULT
            self._settled.clear()
            self._pause()
            worker.replace()
            await asyncio.sleep(GAP_SECONDS)
            await self._stop_parts(RESTART_STOP_SECONDS)
            worker.accept()
            self.drains = False
            await self.start()

    async def leave(self) -> None:
        """Stop the triggers a little later than the worker, for a host that is being replaced."""
        self._pause()
        if self.app.worker is not None and self.state is State.RUNNING:
            self.app.worker.refuse()
            await asyncio.sleep(GAP_SECONDS)

    async def stop(self, seconds: float) -> None:
        """Stop the triggers within a time limit and release all resources."""
        self.state = State.STOPPING
        await self._stop_parts(seconds)
        await self.keyring.close()
        if self.app.worker is not None:
            await self.app.worker.close()

    def _pause(self) -> None:
        if self.triggers is not None:
            self.triggers.pause()

    async def _stop_parts(self, seconds: float) -> None:
        await asyncio.gather(
            _stop("the durable extension", self.extension, seconds),
            _stop("the triggers", self.triggers, seconds),
        )

    def _start_triggers(self) -> None:
        worker = self.app.worker
        if worker is None or not background.needed(worker):
            return
        self.triggers = background.make(self.app, worker, self.site)
        if self._processing:
            self.triggers.process()

    async def _start_extension(self) -> None:
        if self.app.worker is None:
            return
        made = extension.make(self.app.settings, self.app.document, self.app.worker, self.site)
        self.extension = made
        self._bind_clients()
        await made.start()
        if self._processing:
            made.process()

    def _bind_clients(self) -> None:
        if self.extension is not None and self.app.worker is not None:
            key = self.keyring.keys.systems.get(DURABLE, "")  # which may have been deleted
            self.app.worker.client_binding = self.extension.client_binding(
                self._address.durable, key, self._address.rpc
            )

    async def _retry(self, what: str, step: Callable[[], Awaitable[None]]) -> None:
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                return await step()
            except InvalidSettingError:
                raise
            except Exception as error:
                why = f"{what} could not be started: {type(error).__name__}: {error}"
                if why not in self.errors:  # logged once, not at every attempt
                    log.exception("%s; retrying", why)
                self._fail(why)
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_RETRY_SECONDS)

    def _fail(self, why: str) -> None:
        self.state, self.errors = State.ERROR, [why]
        self._settled.set()


async def _stop(what: str, part: Extension | Triggers | None, seconds: float) -> None:
    if part is None:
        return
    try:
        await asyncio.wait_for(part.stop(), seconds)
    except TimeoutError:
        log.warning("%s did not stop within %.0f s", what, seconds)
    except Exception:
        log.exception("%s could not be stopped cleanly", what)
