"""Deaths and faults at random moments: the router, the lines' apps, and Azure's answers.

The storage is left alone: its emulator writes to disk every few seconds only, so its death loses
what was promised to be kept. Knows nothing of what goes on meanwhile.
"""

import asyncio
import contextlib
import json
import os
import signal
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp

from emulator.places import Places
from emulator.process import find

_APART = (1.5, 5.0)  # seconds
_FAULTS: tuple[dict[str, Any], ...] = (
    {"effect": "throttle", "retry_after": 1},
    {"effect": "throttle-plan"},
    {"effect": "status", "status": 500},
    {"effect": "status", "status": 503, "retry_after": 1},
    {"effect": "status", "status": 409},
    {"effect": "reset"},
    {"effect": "lost-answer"},
    {"effect": "cut-answer"},
)


@dataclass(slots=True)
class Chaos:
    """`run` until cancelled; `done` counts what was done by its name."""

    places: Places
    session: aiohttp.ClientSession
    chance: Random
    done: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """One blow after the other."""
        blows = (self._kill_router, self._kill_app, self._spoil_azure)
        while True:
            await asyncio.sleep(self.chance.uniform(*_APART))
            await self.chance.choices(blows, weights=(3, 3, 4))[0]()

    async def _kill_router(self) -> None:
        self._kill("router", self._pids("router"))

    async def _kill_app(self) -> None:
        self._kill("app", self._pids("host:"))

    async def _spoil_azure(self) -> None:
        fault = self.chance.choice(_FAULTS) | {"path": "Microsoft.Web", "times": 1}
        arm = json.loads(self.places.endpoints.read_text(encoding="utf-8"))["arm"]
        with contextlib.suppress(aiohttp.ClientError):
            async with self.session.post(f"{arm}/emulator/faults", json=fault):
                self.done[f"fault of Azure: {fault['effect']}"] += 1

    def _pids(self, role: str) -> list[int]:
        return sorted(each.pid for each in find(self.places.root) if each.role.startswith(role))

    def _kill(self, what: str, pids: list[int]) -> None:
        if pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.chance.choice(pids), signal.SIGKILL)
                self.done[f"{what} killed"] += 1
