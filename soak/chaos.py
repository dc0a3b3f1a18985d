"""Deaths and faults at random moments: the router, the lines' apps, and Azure's answers.

Dealt from a deck that is shuffled anew when it is empty, so that each kind has its turn soon, and
only to a router that has recovered from the last one, however slow the machine is: what it had in
hand when it died comes back to it after a while only, and it is let live for longer. The storage is
left alone: its emulator writes to disk every few seconds only, so its death loses what
was promised to be kept. Knows nothing of what goes on meanwhile.
"""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

import aiohttp

from emulator.processes.process import find
from emulator.stack.state_directory import StateDirectory

ROUTER_KILLED, APP_KILLED, FAULT = "router killed", "app killed", "faults of Azure"
_APART = (1.5, 5.0)  # seconds
_LIFE = 12.0  # seconds of the router's, at least; the visibility time-out of its queues is 8
_POLL = 0.25
_WRITES = "PUT"
_FAULTS: tuple[dict[str, Any], ...] = (
    {"effect": "throttle", "retry_after": 1},
    {"effect": "throttle-plan", "method": _WRITES},
    {"effect": "status", "status": 500},
    {"effect": "status", "status": 503, "retry_after": 1},
    {"effect": "status", "status": 409, "method": _WRITES},
    {"effect": "status", "status": 500, "method": "DELETE"},
    {"effect": "reset"},
    {"effect": "lost-answer", "method": _WRITES},
    {"effect": "lost-answer", "method": "DELETE"},
    {"effect": "cut-answer"},
    {"effect": "quota-of-plans", "method": _WRITES},
    {"effect": "fail-operation", "method": _WRITES},
    {"effect": "fail-provisioning", "method": _WRITES},
)
_DECK = ("router",) * 3 + ("app",) * 3 + ("fault",) * 4
T = TypeVar("T")


def dealt(chance: Random, deck: Sequence[T]) -> Iterator[T]:
    """The cards of a deck in random order, again and again."""
    while True:
        yield from chance.sample(deck, len(deck))


@dataclass(slots=True)
class Chaos:
    """`run` until cancelled; `done` counts what was done by its name."""

    state: StateDirectory
    session: aiohttp.ClientSession
    chance: Random
    done: Counter[str] = field(default_factory=Counter)
    _back_at: float | None = None  # since when the router is, after its death

    async def run(self) -> None:
        """One blow after the other."""
        faults = dealt(self.chance, _FAULTS)
        for blow in dealt(self.chance, _DECK):
            await self._recovered()
            await asyncio.sleep(self.chance.uniform(*_APART))
            if blow == "fault":
                await self._spoil_azure(next(faults))
            elif blow == "router":
                await self._has_lived()
                self._kill(ROUTER_KILLED, "router")
                self._back_at = None
            else:
                self._kill(APP_KILLED, "host:")

    async def _spoil_azure(self, fault: dict[str, Any]) -> None:
        wanted = fault | {"path": "Microsoft.Web", "times": 1}
        with contextlib.suppress(aiohttp.ClientError):
            async with self.session.post(f"{self._url('arm')}/emulator/faults", json=wanted):
                self.done[FAULT] += 1

    async def _recovered(self) -> None:
        """Wait until the router answers."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self.session.get(f"{self._url('router')}/api/health") as answer:
                    if answer.status == 200:
                        self._back_at = self._back_at or time.monotonic()
                        return
            await asyncio.sleep(_POLL)

    async def _has_lived(self) -> None:
        if self._back_at is not None:
            await asyncio.sleep(max(0.0, self._back_at + _LIFE - time.monotonic()))

    def _url(self, of: str) -> str:
        return str(json.loads(self.state.endpoints.read_text(encoding="utf-8"))[of])

    def _kill(self, what: str, role: str) -> None:
        pids = sorted(each.pid for each in find(self.state.root) if each.role.startswith(role))
        if pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.chance.choice(pids), signal.SIGKILL)
                self.done[what] += 1
