"""A process that is kept running: started, watched, restarted with back-off, replaced, stopped."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

from emulator.processes.host_process import IDLE
from emulator.processes.ports import NoPortError
from emulator.processes.process import Command, Process, start

_log = logging.getLogger(__name__)
_FIRST_DELAY_SECONDS = 0.1
_LONGEST_DELAY_SECONDS = 30.0
_HEALTHY_AFTER_SECONDS = 3.0
_HEALTHY_DESPITE_GIVING_UP_SECONDS = 60.0  # a host that cannot serve its app takes long to say so
_RELIEF_SECONDS = 30.0

type Launch = Callable[[int | None], Command]
"""Build the command of a start, given the pid of the process that it replaces, if one still runs.

The new process may terminate the old one as soon as it can take over. Otherwise the service does.
"""


def delay_seconds(failures: int) -> float:
    """Return the delay before the next start after consecutive early exits."""
    return float(min(_FIRST_DELAY_SECONDS * 2**failures, _LONGEST_DELAY_SECONDS))


class Service:
    """A process that is kept running.

    `on_start` is called after every start, and `on_give_up` when it has exited on its own. A
    process that had nothing to do is started again once `rest` returns.
    """

    def __init__(
        self,
        name: str,
        grace_seconds: float,
        *,
        on_start: Callable[[], None] = lambda: None,
        on_give_up: Callable[[], None] = lambda: None,
        rest: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._name = name
        self._grace = grace_seconds
        self._on_start = on_start
        self._on_give_up = on_give_up
        self._rest = rest
        self._watch: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self.process: Process | None = None

    async def run(self, launch: Launch) -> None:
        """Start a process and wait until the one it replaces has ended."""
        async with self._one_at_a_time:
            await self._stop_watching()
            previous = self.process
            await self._start(launch, previous.pid if previous else None)
            if previous is not None:
                await _first_end(previous, self.process)
                await previous.stop(self._grace)
            self._watch = asyncio.create_task(self._keep(launch))

    async def adopt(self, process: Process, launch: Launch) -> None:
        """Watch a process that already runs, and start it again when it ends."""
        async with self._one_at_a_time:
            await self._stop_watching()
            self.process = process
            self._on_start()
            self._watch = asyncio.create_task(self._keep(launch))

    async def stop(self) -> None:
        """Stop the process and keep it stopped."""
        async with self._one_at_a_time:
            await self._stop_watching()
            if self.process is not None:
                await self.process.stop(self._grace)
                self.process = None

    async def _start(self, launch: Launch, replaced: int | None) -> None:
        try:
            self.process = await start(launch(replaced))
        except (OSError, NoPortError):
            # The obstacle, such as a port that is not free yet, may be gone at the next attempt.
            _log.exception("%s could not be started", self._name)
            self.process = None
            return
        _log.info("%s started, pid %d", self._name, self.process.pid)
        self._on_start()

    async def _keep(self, launch: Launch) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            if self.process is not None:
                await self.process.ended()
            if self._rest is not None and self.process and self.process.exit_code == IDLE:
                failures = 0
                await self._start_when_wanted(launch, self._rest)
                continue
            lived = time.monotonic() - began
            gave_up = self.process is not None and self.process.exit_code == 0
            if gave_up:
                self._on_give_up()
            failures = 0 if lived > _healthy_after(gave_up) else failures + 1
            pause = delay_seconds(failures)
            _log.warning("%s ended after %.1f s; next start in %.1f s", self._name, lived, pause)
            await asyncio.sleep(pause)
            # Under the lock, so that this is not cancelled between the start and its bookkeeping.
            async with self._one_at_a_time:
                await self._start(launch, None)

    async def _start_when_wanted(self, launch: Launch, rest: Callable[[], Awaitable[None]]) -> None:
        _log.info("%s had nothing to do and has ended", self._name)
        self.process = None
        await rest()
        async with self._one_at_a_time:
            await self._start(launch, None)

    async def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None


def _healthy_after(gave_up: bool) -> float:
    """Return the seconds after which an end is no failure to start."""
    return _HEALTHY_DESPITE_GIVING_UP_SECONDS if gave_up else _HEALTHY_AFTER_SECONDS


async def _first_end(*processes: Process | None) -> None:
    """Wait until one of the processes has ended, but not longer than the replacement may take."""
    ends = [asyncio.create_task(process.ended()) for process in processes if process]
    await asyncio.wait(ends, timeout=_RELIEF_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    await asyncio.gather(*ends, return_exceptions=True)
