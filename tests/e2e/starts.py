"""Accepted starts, each with an input of its own, and the end of every one of them.

The router is asked for their ends. Executions are counted by the traces that they leave in the logs
of their apps. A trace is named by the time at which its execution was requested: that stays the
same when a crash repeats the first step or an activity, but differs for a second execution.
"""

import asyncio
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.router_client import Answer, RouterClient, Started
from harness.start_ledger import End, Entry, Execution, Observed, StartLedger, problems
from harness.waiting import event_taken, instance_ended
from tests.e2e import apps

_TRACED = '''

import logging
from azure.durable_functions.models.history import HistoryEventType


@app.activity_trigger(input_name="execution")
def leave_trace(execution):
    logging.info("%s was executed as start %s, requested at %s", *execution)
    return VERSION


def execution(context):
    begun = (e for e in context.histories if e.event_type == HistoryEventType.EXECUTION_STARTED)
    return [context.instance_id, context.get_input(), next(begun).timestamp.isoformat()]


@app.orchestration_trigger(context_name="context")
def quick(context):
    """End on its own."""
    begun_by = yield context.call_activity("leave_trace", execution(context))
    return {"begunBy": begun_by, "endedBy": VERSION, "value": context.get_input()}


@app.orchestration_trigger(context_name="context")
def waits(context):
    """End after the event `go`."""
    begun_by = yield context.call_activity("leave_trace", execution(context))
    yield context.wait_for_external_event("go")
    return {"begunBy": begun_by, "endedBy": VERSION, "value": context.get_input()}
'''
_TRACE = re.compile(r"(\S+) was executed as start (\d+), requested at (\S+)")
_AT_ONCE = 10  # instances whose ends are awaited at the same time


def package(version: str, *, broken: bool = False, extra: str = "") -> bytes:
    """Return an app of `quick` and `waits`, and of `extra`. A broken one cannot be imported."""
    broken_code = "\nimport no_such_module\n" if broken else ""
    return apps.package(version, extra=_TRACED + extra + broken_code)


@dataclass(frozen=True, slots=True)
class Start:
    """A requested start. Its number is its input."""

    number: int
    version: str

    @property
    def value(self) -> int:
        return self.number


@dataclass(frozen=True, slots=True)
class Accepted:
    """A start that got its 202."""

    start: Start
    started: Started


@dataclass(slots=True)
class Starts:
    """The starts of one or two lines, and the account of them."""

    router: RouterClient
    accepted: list[Accepted] = field(default_factory=list)
    requested: int = 0
    _ends: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def request(self, function: str, version: str) -> Answer:
        """Request a start and return the response. An accepted one is recorded."""
        self.requested += 1
        start = Start(self.requested, version)
        answer = await self.router.request_start(function, version, start.value)
        if answer.status == 202:
            self.accepted.append(Accepted(start, Started(answer)))
        return answer

    async def start(self, function: str, version: str) -> Accepted:
        """Request a start that must be accepted."""
        answer = await self.request(function, version)
        assert answer.status == 202, (answer.status, answer.body)
        return next(each for each in reversed(self.accepted) if each.started.answer is answer)

    async def send_event(self, accepted: Accepted) -> None:
        """Send the event that an instance waits for, as soon as it exists."""
        await event_taken(self.router, accepted.started, None)

    async def outputs(self) -> list[dict[str, Any]]:
        """Return all outputs, in the order of acceptance, once all have completed as they should.

        They are remembered, since an instance may be deleted by the next call.
        """
        gate = asyncio.Semaphore(_AT_ONCE)

        async def output(accepted: Accepted) -> dict[str, Any]:
            name = accepted.started.id
            async with gate:
                if name not in self._ends:
                    self._ends[name] = await self._end(accepted)
            status = self._ends[name]
            assert status["runtimeStatus"] == "Completed", status
            assert status["output"]["value"] == accepted.start.value, status
            return dict(status["output"])

        return await asyncio.gather(*(output(each) for each in self.accepted))

    def check_executed_once(self, logs: Path, *, unknown: int = 0) -> None:
        """Assert that every start was executed once with its own input and completed.

        `unknown` is the number of responses that never came, so as many more instances may exist.
        All outputs must have been read.
        """
        ids = {each.started.id for each in self.accepted}
        lines = tuple({"-".join(each.split("-")[:2]) + "-" for each in ids})
        found = {each for each in executions(logs) if each.instance_id.startswith(lines)}
        own = {each for each in found if each.instance_id in ids}
        others = [each.instance_id for each in found - own]
        wrong = problems(self._ledger(), [], Observed(self._observed_ends(), own))
        assert not wrong, "\n".join(wrong)
        assert len(others) == len(set(others)), others
        assert len(others) <= unknown, others

    def _ledger(self) -> StartLedger[Start]:
        ledger = StartLedger[Start]()
        for each in self.accepted:
            ledger.add(Entry(each.started.id, each.start))
        return ledger

    def _observed_ends(self) -> dict[str, End]:
        return {
            name: End(status["runtimeStatus"], status["output"]["value"])
            for name, status in self._ends.items()
        }

    async def _end(self, accepted: Accepted) -> dict[str, Any]:
        """Wait for an end as long as any of the starts makes progress."""
        return await instance_ended(
            self.router, accepted.started, progress=lambda body: (body, len(self._ends))
        )


def executions(logs: Path) -> set[Execution]:
    """Return every execution that has left its trace."""
    return {
        Execution(instance_id, requested_at, int(number))
        for log in logs.glob("orders-*.log")
        for instance_id, number, requested_at in _TRACE.findall(
            log.read_text(encoding="utf-8", errors="replace")
        )
    }
