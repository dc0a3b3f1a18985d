"""The load: cycles of new lines, patches, starts of old and new versions, and events.

A cycle brings a new line, so that the one before it drains, is retired, and is revived by whoever
asks for it again. What is asked, and when, follows from the seed alone.
"""

import asyncio
from dataclasses import dataclass
from random import Random

from demo.client import Started
from soak.ledger import Entry, Ledger
from soak.packing import package
from soak.patience import PatientRouter

_APART = 0.08  # seconds between starts, on the average
_WAITS = 0.3  # how many of the instances wait for an event
_OLD = 0.25  # how many starts ask for an older line
_PATCHES = 2  # of each line, in its cycle


@dataclass(slots=True)
class Load:
    """Starts go in; `ledger` has what was answered."""

    router: PatientRouter
    ledger: Ledger
    chance: Random
    patches: int = 0

    async def cycle(self, number: int, starts: int) -> None:
        """One new line, and so many starts."""
        await self._must_register(f"1.{number}.0")
        old = self.chance.randrange(number) if number else None
        patched = [starts * (patch + 1) // (_PATCHES + 1) for patch in range(_PATCHES)]
        async with asyncio.TaskGroup() as tasks:
            for nth in range(starts):
                if nth in patched:
                    release = f"1.{number}.{patched.index(nth) + 1}"
                    tasks.create_task(self._patch(release))
                tasks.create_task(self._start(self._version(number, old)))
                await asyncio.sleep(self.chance.expovariate(1 / _APART))

    def _version(self, number: int, old: int | None) -> str:
        line = old if old is not None and self.chance.random() < _OLD else number
        return f"1.{line}{self.chance.choice(('', '.0'))}"

    async def _patch(self, release: str) -> None:
        await self._must_register(release)
        self.patches += 1

    async def _must_register(self, release: str) -> None:
        answer = await self.router.register(release, package(release))
        if answer.status not in (200, 201, 202):
            raise RuntimeError(f"{release} was not registered: {answer.status} {answer.body}")

    async def _start(self, version: str) -> None:
        value, waits = self.ledger.next_value(), self.chance.random() < _WAITS
        pause = self.chance.uniform(0.2, 6.0)
        started = await self.router.start("waits" if waits else "quick", version, value)
        parked = "X-App-Version" not in started.answer.headers
        self.ledger.entries.append(Entry(started, value, parked))
        if waits:
            await asyncio.sleep(pause)
            await self._go(started)

    async def _go(self, started: Started) -> None:
        answer = await self.router.raise_event(started, "go", None)
        if answer.status not in (202, 410):  # ended: an answer before this one was cut off
            raise RuntimeError(f"{started.id} was not told to go: {answer.status} {answer.body}")
