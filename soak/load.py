"""The load: carries out the plan, and notes what was answered.

A cycle brings a new line, so that the one before it drains and is retired; when it is, a few
starts ask for it again. Callers hold back while many of them are kept waiting.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from soak.client import Client
from soak.ledger import Entry, Ledger
from soak.packing import package
from soak.patience import LONGEST, Told, patiently
from soak.plan import Cycle, Patch, Start
from soak.stage import Say

_POLL = 0.5
_AT_ONCE = 60  # starts whose callers have something left to do: what waits for its event, mostly
Look = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Load:
    """Starts go in; `ledger` has what was answered. `while_waiting` is done again and again."""

    client: Client
    ledger: Ledger
    while_waiting: Look
    say: Say
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def run(self, cycles: tuple[Cycle, ...]) -> None:
        """All of it; a cycle begins when the one before it has sent its last start."""
        async with asyncio.TaskGroup() as tasks:
            for number, cycle in enumerate(cycles, 1):
                await self._cycle(cycle, tasks)
                taken, wrong = len(self.ledger.entries), len(self.ledger.wrong)
                told = f"{taken} starts taken, {wrong} wrong answers"
                self.say(f"cycle {number} of {len(cycles)}: {told}")

    async def _cycle(self, cycle: Cycle, tasks: asyncio.TaskGroup) -> None:
        await self._register(Patch(0, cycle.release))
        patches = {patch.before: patch for patch in cycle.patches}
        for index, start in enumerate(cycle.starts):
            if index in patches:
                tasks.create_task(self._register(patches[index]))
            await self._room.acquire()
            tasks.create_task(self._start(start)).add_done_callback(lambda _: self._room.release())
            await asyncio.sleep(start.pause)
        if cycle.old is not None:
            await self._retired(cycle.old)
        for start in cycle.returns:
            tasks.create_task(self._start(start))

    async def _register(self, patch: Patch) -> None:
        zipped = package(patch.release, broken=patch.broken)
        told = await patiently(lambda: self.client.register(patch.release, zipped))
        if told.status not in (200, 201, 202):
            self._blame(f"{patch.release} was not registered: {told}")

    async def _retired(self, line: str) -> None:
        """Wait until a line is retired."""
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            told = await patiently(lambda: self.client.get(f"/api/lines/{line}"))
            if told.answer and told.answer.body.get("state") == "retired":
                return
            await self.while_waiting()
            await asyncio.sleep(_POLL)
        self._blame(f"line {line} was not retired in {LONGEST:.0f} s")

    async def _start(self, start: Start) -> None:
        versions = (start.version, *start.also)
        entry = self._taken(start, await asyncio.gather(*(self._ask(start, v) for v in versions)))
        if entry is not None:
            self.ledger.take(entry)
            if start.waits:
                await asyncio.sleep(start.hold)
                await self._go(entry.instance_id)

    async def _ask(self, start: Start, version: str) -> Told:
        told = await patiently(lambda: self.client.begin(start, version))
        self.ledger.cut_off[start.nth] += told.cut_off
        for status in told.curt:
            self._blame(f"start {start.nth} for {version} got {status} without Retry-After")
        return told

    def _taken(self, start: Start, all_told: list[Told]) -> Entry | None:
        """What was taken; under its own id, all that ask for it are one instance."""
        taken = [told.answer for told in all_told if told.answer and told.status == 202]
        there = sum(told.status == 409 and start.own_id is not None for told in all_told)
        self.ledger.refused += there
        if len(taken) + there < len(all_told):
            answers = "; ".join(map(str, all_told))
            self._blame(f"start {start.nth} for {start.version} got {answers}")
        if taken:
            parked = "X-App-Version" not in taken[0].headers
            return Entry(str(taken[0].body["id"]), start, parked, len(taken))
        if there and start.own_id and self.ledger.cut_off[start.nth]:
            return Entry(start.own_id, start)  # it was taken by the one that was cut off
        return None

    async def _go(self, instance_id: str) -> None:
        told = await patiently(lambda: self.client.tell_to_go(instance_id))
        if told.status not in (202, 410):  # ended: an answer before this one was cut off
            self._blame(f"{instance_id} was not told to go: {told}")

    def _blame(self, what: str) -> None:
        self.ledger.wrong.append(what)
        self.say(what)
