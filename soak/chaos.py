"""Crashes and injected faults at random moments: the router, the lines' apps, and Azure.

They are dealt from a deck that is shuffled whenever it is empty, so that each kind comes soon. They
hit one instance of a router that has recovered from the last crash, however slow the machine is:
messages that it held when it died become visible again after a while, and it is spared for longer
than that. An app is spared while its release is replaced: a host that has restarted is not paused
any more, and Azure lets the instances fail that it takes up just before it is replaced. The storage
is spared: its emulator writes to disk only every few seconds, so killing it would lose what it has
promised to keep.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp

from harness.arm_emulator import inject_fault
from harness.local_stack import LocalStack, kill
from harness.router_client import RouterClient

ROUTER_KILLED, APP_KILLED, FAULT = "router killed", "app killed", "faults injected into Azure"
_APART_SECONDS = (1.5, 5.0)
_SPARED_SECONDS = 12.0  # the visibility timeout of the router's queues is 8
_POLL_SECONDS = 0.25
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


def dealt[T](random: Random, deck: Sequence[T]) -> Iterator[T]:
    """Deal the cards of a deck in random order, again and again."""
    while True:
        yield from random.sample(deck, len(deck))


@dataclass(slots=True)
class Chaos:
    """Crashes and faults until cancelled. `done` counts them by name."""

    stack: LocalStack
    router: RouterClient
    session: aiohttp.ClientSession
    random: Random
    done: Counter[str] = field(default_factory=Counter)
    _recovered_at: float | None = None

    async def run(self) -> None:
        """Deal one card after the other."""
        faults = dealt(self.random, _FAULTS)
        for card in dealt(self.random, _DECK):
            await self._until_recovered()
            await asyncio.sleep(self.random.uniform(*_APART_SECONDS))
            if card == "fault":
                await self._inject(next(faults))
            elif card == "router":
                await self._until_spared()
                self._kill_one(ROUTER_KILLED, self.stack.pids("router"))
                self._recovered_at = None
            else:
                self._kill_one(APP_KILLED, await self._apps())

    async def _inject(self, fault: dict[str, Any]) -> None:
        wanted = fault | {"path": "Microsoft.Web", "times": 1}
        with contextlib.suppress(aiohttp.ClientError):
            await inject_fault(self.session, self.stack.endpoints["arm"], wanted)
            self.done[FAULT] += 1

    async def _until_recovered(self) -> None:
        """Wait until all instances of the router are healthy."""
        while not await self._all_healthy():  # noqa: ASYNC110 - another process recovers
            await asyncio.sleep(_POLL_SECONDS)
        self._recovered_at = self._recovered_at or time.monotonic()

    async def _all_healthy(self) -> bool:
        try:
            for url in self.stack.endpoints["routers"]:
                async with self.session.get(f"{url}/api/health") as answer:
                    if answer.status != 200:
                        return False
        except (aiohttp.ClientError, TimeoutError):
            return False
        return True

    async def _until_spared(self) -> None:
        if self._recovered_at is not None:
            left = self._recovered_at + _SPARED_SECONDS - time.monotonic()
            await asyncio.sleep(max(0.0, left))

    async def _apps(self) -> list[int]:
        """Return the pids of the apps that may be killed, none if the router does not answer."""
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            answer = await self.router.get("/api/lines")
            lines = answer.body["lines"] if answer.status == 200 else ()
            apps = [line["functionApp"] for line in lines if not _is_patched(line)]
            return [pid for app in apps for pid in self.stack.pids(f"host:{app}:")]
        return []

    def _kill_one(self, what: str, pids: Sequence[int]) -> None:
        if pids:
            kill(self.random.choice(pids))
            self.done[what] += 1


def _is_patched(line: dict[str, Any]) -> bool:
    return str(line["operation"]).startswith("patch-")
