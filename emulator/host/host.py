"""The life of one function app's host: starting, running or in error, stopping.

Owns the state, what went wrong, and the order in which keys and extension come up and go down.
Knows nothing of sockets or requests.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from emulator.host import extension, memory
from emulator.host.app import App
from emulator.host.extension import Extension
from emulator.host.keys.key_store import KeyStore
from emulator.host.keys.keyring import Keyring
from emulator.host.keys.keys import DURABLE

FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 30.0

log = logging.getLogger("Host.Startup")


class State(StrEnum):
    """As /admin/host/status names them."""

    STARTING = "Starting"
    RUNNING = "Running"
    ERROR = "Error"
    STOPPING = "Stopping"


@dataclass(frozen=True, slots=True)
class Address:
    """Base URLs: the public one, and Durable's API for the app itself, which asks for no key."""

    durable: str
    rpc: str


class Host:
    """One site with its app, keys and extension."""

    def __init__(self, site: str, app: App, address: Address) -> None:
        self.site = site
        self.app = app
        self.instance_id = uuid.uuid4().hex
        self.began = time.monotonic()
        self.state = State.STARTING
        self.errors: list[str] = []
        self.extension: Extension | None = None
        self.keyring = Keyring(
            KeyStore(app.settings.get("AzureWebJobsStorage", ""), site),
            [f.name for f in app.functions.values() if f.trigger == "httpTrigger"],
            self._bind_clients,
        )
        self._address = address
        self._settled = asyncio.Event()
        if app.problem is not None:
            self._fail(app.problem)

    async def start(self) -> None:
        """Read or make the keys, start the extension; tries again for as long as it takes."""
        await self._until_done("the keys", self.keyring.open)
        if self.app.problem is not None:
            self._fail(self.app.problem)
        else:
            if self.app.worker is not None and extension.needed(self.app.worker):
                await self._until_done("the durable extension", self._start_extension)
            self.state, self.errors = State.RUNNING, []
            self._settled.set()
            log.info("%s runs, %d functions", self.site, len(self.app.functions))
        memory.release()

    async def ready(self, seconds: float) -> bool:
        """Whether the host runs; waits for one that is starting, not for one in error."""
        if self.state is State.STARTING:
            try:
                await asyncio.wait_for(self._settled.wait(), seconds)
            except TimeoutError:
                return False
        return self.state is not State.ERROR

    async def stop(self, seconds: float) -> None:
        """End the extension's work, for at most so long, and let go of everything."""
        self.state = State.STOPPING
        if self.extension is not None:
            try:
                await asyncio.wait_for(self.extension.stop(), seconds)
            except TimeoutError:
                log.warning("the durable extension did not stop within %.0f s", seconds)
            except Exception:
                log.exception("the durable extension could not be stopped in order")
        await self.keyring.close()
        if self.app.worker is not None:
            self.app.worker.close()

    async def _start_extension(self) -> None:
        if self.app.worker is None:
            return
        made = extension.make(self.app.settings, self.app.document, self.app.worker, self.site)
        self.extension = made
        self._bind_clients()
        await made.start()

    def _bind_clients(self) -> None:
        if self.extension is not None and self.app.worker is not None:
            key = self.keyring.keys.systems[DURABLE]
            self.app.worker.client_binding = self.extension.client_binding(
                self._address.durable, key, self._address.rpc
            )

    async def _until_done(self, what: str, step: Callable[[], Awaitable[None]]) -> None:
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                return await step()
            except Exception as error:
                why = f"{what} could not be started: {type(error).__name__}: {error}"
                if why not in self.errors:  # said once, however often it is tried
                    log.exception("%s; trying again", why)
                self._fail(why)
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_RETRY_SECONDS)

    def _fail(self, why: str) -> None:
        self.state, self.errors = State.ERROR, [why]
        self._settled.set()
