"""Starts that were taken, and that each of them ran: to its end, with its own input, and once.

Executions are counted by the traces that they leave in the logs of their apps. A trace is named by
when its execution was asked for, which is the same however often a death lets its first step or
an activity be done again; a second execution of the same instance would leave another.
"""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from demo.client import Answer, Router, Started
from tests.e2e import apps
from tests.e2e.until import ended

_TRACED = '''

import logging
from azure.durable_functions.models.history import HistoryEventType


@app.activity_trigger(input_name="execution")
def leave_trace(execution):
    logging.info("%s was executed, asked for at %s", *execution)


def execution(context):
    begun = (e for e in context.histories if e.event_type == HistoryEventType.EXECUTION_STARTED)
    return [context.instance_id, next(begun).timestamp.isoformat()]


@app.orchestration_trigger(context_name="context")
def quick(context):
    """Ends by itself."""
    yield context.call_activity("leave_trace", execution(context))
    return context.get_input()


@app.orchestration_trigger(context_name="context")
def waits(context):
    """Ends when it is told to go."""
    yield context.call_activity("leave_trace", execution(context))
    yield context.wait_for_external_event("go")
    return context.get_input()
'''
_TRACE = re.compile(r"(\S+) was executed, asked for at (\S+)")


def package(version: str, *, broken: bool = False) -> bytes:
    """An app of `quick` and `waits`; a `broken` one can't be imported."""
    return apps.package(version, extra=_TRACED + ("\nimport no_such_module\n" if broken else ""))


@dataclass(slots=True)
class Ledger:
    """The starts of one story, by their instances: the inputs, no two alike, and the ends."""

    taken: dict[str, Started] = field(default_factory=dict)
    inputs: dict[str, int] = field(default_factory=dict)
    ends: dict[str, tuple[str, object]] = field(default_factory=dict)  # status, output
    asked: int = 0

    async def ask(self, router: Router, function: str, version: str) -> Answer:
        """Ask for a start; one that is taken is entered."""
        self.asked += 1
        value = self.asked
        answer = await router.ask_to_start(function, version, value)
        if answer.status == 202:
            started = Started(answer)
            self.taken[started.id], self.inputs[started.id] = started, value
        return answer

    async def follow(self, router: Router) -> None:
        """See all of them to their ends; what is waited for comes."""
        left = [started for key, started in self.taken.items() if key not in self.ends]
        await asyncio.gather(*(router.raise_event(started, "go", None) for started in left))
        for status in await asyncio.gather(*(ended(router, started, 120) for started in left)):
            self.ends[status["instanceId"]] = status["runtimeStatus"], status["output"]

    def each_ran_once(self, executed: Counter[str], *, unknown: int) -> None:
        """Assert it. `unknown`: how many others may have run, whose answers never came."""
        wanted = {key: ("Completed", value) for key, value in self.inputs.items()}
        assert dict(self.ends.items() ^ wanted.items()) == {}
        assert {key: times for key, times in executed.items() if times > 1} == {}
        assert self.inputs.keys() - executed.keys() == set()
        assert len(executed.keys() - self.inputs.keys()) <= unknown


def executions(logs: Path, lines: str = "") -> Counter[str]:
    """How often each instance was executed, of the lines whose ids begin so."""
    traces = {
        found.groups()
        for log in logs.glob("orders-*.log")
        for found in _TRACE.finditer(log.read_text(encoding="utf-8", errors="replace"))
    }
    return Counter(instance for instance, _ in traces if instance.startswith(lines))
