"""The load: carries out the plan and notes the responses.

A cycle adds a new line, so the one before it drains and is retired. Then a few starts request it
again. New starts wait while too many earlier ones are unfinished.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from harness.local_stack import Log
from harness.retrying import Outcome, retry
from harness.router_client import RouterClient
from harness.start_ledger import Entry, StartLedger
from harness.waiting import NoProgressError, Patience, until
from soak.package import package
from soak.plan import Cycle, Patch, Start

_POLL_SECONDS = 0.5
_AT_ONCE = 60  # unfinished starts, most of which wait for their event
STALL_SECONDS = 600.0  # a start may wait for capacity while many lines drain


@dataclass(slots=True)
class Load:
    """Sends the starts of a plan. `ledger` gets the responses.

    `while_waiting` is called repeatedly while a line should retire.
    """

    router: RouterClient
    ledger: StartLedger[Start]
    while_waiting: Callable[[], Awaitable[None]]
    log: Log
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def run(self, cycles: tuple[Cycle, ...]) -> None:
        """Run all cycles. One begins when the one before has sent its last start."""
        async with asyncio.TaskGroup() as tasks:
            for number, cycle in enumerate(cycles, 1):
                await self._cycle(cycle, tasks)
                accepted, wrong = len(self.ledger.entries), len(self.ledger.wrong_answers)
                counts = f"{accepted} starts accepted, {wrong} wrong responses"
                self.log(f"cycle {number} of {len(cycles)}: {counts}")

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
            await self._until_retired(cycle.old)
        for start in cycle.returns:
            tasks.create_task(self._start(start))

    async def _register(self, patch: Patch) -> None:
        zipped = package(patch.release, broken=patch.broken)
        outcome = await retry(lambda: self.router.register(patch.release, zipped))
        if outcome.status not in (200, 201, 202):
            self._wrong(f"{patch.release} was not registered: {outcome}")

    async def _until_retired(self, line: str) -> None:
        async def described() -> dict[str, Any]:
            await self.while_waiting()
            outcome = await retry(lambda: self.router.get(f"/api/lines/{line}"))
            return dict(outcome.answer.body) if outcome.answer else {}

        def progress(seen: dict[str, Any]) -> object:
            return seen.get("state"), (seen.get("drain") or {}).get("why"), seen.get("events")

        try:
            await until(
                described,
                lambda seen: seen.get("state") == "retired",
                progress=progress,
                patience=Patience(STALL_SECONDS),
                poll_seconds=_POLL_SECONDS,
            )
        except NoProgressError as error:
            self._wrong(f"line {line} was not retired: {error}")

    async def _start(self, start: Start) -> None:
        versions = (start.version, *start.also)
        outcomes = await asyncio.gather(*(self._request(start, each) for each in versions))
        entry = self._accepted(start, outcomes)
        if entry is not None:
            self.ledger.add(entry)
            if start.waits:
                await asyncio.sleep(start.hold)
                await self._send_event(entry.instance_id)

    async def _request(self, start: Start, version: str) -> Outcome:
        outcome = await retry(
            lambda: self.router.request_start(start.function, version, start.value, start.own_id),
            patience=Patience(STALL_SECONDS),
        )
        self.ledger.uncertain[start.number] += outcome.uncertain
        for status in outcome.without_retry_after:
            self._wrong(f"start {start.number} for {version} got {status} without Retry-After")
        return outcome

    def _accepted(self, start: Start, outcomes: list[Outcome]) -> Entry[Start] | None:
        """Return the entry of a start that was accepted.

        All requests with the caller's own id are for one instance, so one of them is accepted and
        the others are refused because it exists.
        """
        accepted = [each.answer for each in outcomes if each.answer and each.status == 202]
        existing = sum(each.status == 409 and start.own_id is not None for each in outcomes)
        self.ledger.rejected += existing
        if len(accepted) + existing < len(outcomes):
            answers = "; ".join(map(str, outcomes))
            self._wrong(f"start {start.number} for {start.version} got {answers}")
        if accepted:
            parked = "X-App-Version" not in accepted[0].headers
            return Entry(str(accepted[0].body["id"]), start, parked, len(accepted))
        if existing and start.own_id and self.ledger.uncertain[start.number]:
            return Entry(start.own_id, start)  # by an attempt whose response was lost
        return None

    async def _send_event(self, instance_id: str) -> None:
        outcome = await retry(lambda: self.router.raise_event_by_id(instance_id, "go", None))
        if outcome.status not in (202, 410):  # 410: an earlier event took effect unnoticed
            self._wrong(f"{instance_id} did not get its event: {outcome}")

    def _wrong(self, problem: str) -> None:
        self.ledger.wrong_answers.append(problem)
        self.log(problem)
