"""Starts that were taken, each with a value of its own, and what became of every one of them.

Ends are told by the router. Executions are counted by the traces that they left in the logs of
their apps. A trace is named by when its execution was asked for, which is the same however often a
death lets its first step or an activity be done again; a second execution of the same instance
would leave another.
"""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.client import Answer, Router, Started
from tests.e2e import apps
from tests.e2e.until import ended, until

_TRACED = '''

import logging
from azure.durable_functions.models.history import HistoryEventType


@app.activity_trigger(input_name="execution")
def leave_trace(execution):
    logging.info("%s was executed, asked for at %s", *execution)
    return VERSION


def execution(context):
    begun = (e for e in context.histories if e.event_type == HistoryEventType.EXECUTION_STARTED)
    return [context.instance_id, next(begun).timestamp.isoformat()]


@app.orchestration_trigger(context_name="context")
def quick(context):
    """Ends by itself."""
    begun_by = yield context.call_activity("leave_trace", execution(context))
    return {"begunBy": begun_by, "endedBy": VERSION, "value": context.get_input()}


@app.orchestration_trigger(context_name="context")
def waits(context):
    """Ends when it is told to go."""
    begun_by = yield context.call_activity("leave_trace", execution(context))
    yield context.wait_for_external_event("go")
    return {"begunBy": begun_by, "endedBy": VERSION, "value": context.get_input()}
'''
_TRACE = re.compile(r"(\S+) was executed, asked for at (\S+)")
_AT_ONCE = 10  # instances whose end is asked for
_PATIENCE = 120  # seconds


def package(version: str, *, broken: bool = False) -> bytes:
    """An app of `quick` and `waits`; a `broken` one can't be imported."""
    return apps.package(version, extra=_TRACED + ("\nimport no_such_module\n" if broken else ""))


@dataclass(frozen=True, slots=True)
class Entry:
    """A start that got its 202, and its input, which is unlike every other's."""

    started: Started
    value: int


@dataclass(slots=True)
class Ledger:
    """The starts of one story; `router` is asked for all that is to be known of them."""

    router: Router
    entries: list[Entry] = field(default_factory=list)
    asked: int = 0
    _ends: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def ask(self, function: str, version: str) -> Answer:
        """Ask for a start, whatever the answer is; one that is taken is entered."""
        self.asked += 1
        value = self.asked
        answer = await self.router.ask_to_start(function, version, value)
        if answer.status == 202:
            self.entries.append(Entry(Started(answer), value))
        return answer

    async def start(self, function: str, version: str) -> Entry:
        """A start that is taken, whatever goes on."""
        answer = await self.ask(function, version)
        assert answer.status == 202, (answer.status, answer.body)
        return next(entry for entry in reversed(self.entries) if entry.started.answer is answer)

    async def go(self, entry: Entry) -> None:
        """The event that it waits for, as soon as its instance is there."""

        async def send() -> int:
            return (await self.router.raise_event(entry.started, "go", None)).status

        await until(send, lambda status: status == 202)

    async def outputs(self) -> list[dict[str, Any]]:
        """Of each, in the order of the entries, once it has ended as it should.

        Remembered: what has ended may be gone when it is asked for again.
        """
        gate = asyncio.Semaphore(_AT_ONCE)

        async def output(entry: Entry) -> dict[str, Any]:
            async with gate:
                if entry.started.id not in self._ends:
                    status = await ended(self.router, entry.started, _PATIENCE)
                    self._ends[entry.started.id] = status
            status = self._ends[entry.started.id]
            assert status["runtimeStatus"] == "Completed", status
            assert status["output"]["value"] == entry.value, status
            return dict(status["output"])

        return await asyncio.gather(*(output(entry) for entry in self.entries))

    def each_executed_once(self, logs: Path, *, unknown: int = 0) -> None:
        """Assert that every start was executed once, and nothing else on their lines.

        `unknown`: how many others may have been, whose answers never came.
        """
        ids = {entry.started.id for entry in self.entries}
        lines = tuple({"-".join(each.split("-")[:2]) + "-" for each in ids})
        counted = executions(logs).items()
        mine = {key: times for key, times in counted if key.startswith(lines)}
        assert {key: times for key, times in mine.items() if times > 1} == {}
        assert ids - mine.keys() == set()
        assert len(mine.keys() - ids) <= unknown


def executions(logs: Path) -> Counter[str]:
    """How often each instance was executed."""
    traces = {
        found.groups()
        for log in logs.glob("orders-*.log")
        for found in _TRACE.finditer(log.read_text(encoding="utf-8", errors="replace"))
    }
    return Counter(instance for instance, _ in traces)
