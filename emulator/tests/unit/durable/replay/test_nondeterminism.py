"""Detection of code that no longer matches a history."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emulator.durable.app.function_catalog import FunctionCatalog
from emulator.durable.app.version_policy import VersionPolicy
from emulator.durable.dotnet.json_text import parse_or_text
from emulator.durable.executor import FunctionExecutor
from emulator.durable.replay.nondeterminism import NonDeterminismError, check
from emulator.engine.model import event as events
from emulator.engine.model.executor import (
    CreateTimer,
    Decision,
    Event,
    ScheduleTask,
    SendEvent,
    StartChild,
)
from emulator.host.functions.worker import Worker
from emulator.tests.unit.durable.in_memory_engine import InMemoryEngine

CONFORMANCE = Path(__file__).parents[3] / "conformance"
RECORDED = {
    entry["name"]: entry["response"]["body"]
    for entry in json.loads((CONFORMANCE / "breaking.json").read_text())
}


@pytest.mark.parametrize("name", RECORDED)
async def test_breaking_release_ends_running_instances_as_recorded(
    releases: tuple[Worker, Worker], name: str
) -> None:
    running, breaking = releases
    engine = InMemoryEngine(running)
    engine.start(name, name)
    await engine.settle()
    catalog = FunctionCatalog.of(breaking.functions.values())
    engine.executor = FunctionExecutor(breaking, VersionPolicy(), catalog)
    engine.raise_event(name, "go", '"e"')
    await engine.settle()
    instance, end = engine.instances[name], RECORDED[name]
    assert (instance.status, parse_or_text(instance.output)) == (
        end["runtimeStatus"],
        end["output"],
    )


TIMER = CreateTimer(3, datetime(2026, 1, 1, tzinfo=UTC))
TASK = ScheduleTask(3, "reserve", "", None)
CHILD = StartChild(3, "ship", None, "i:3", None)
SENT = SendEvent(3, "@counter@k", "op", None)


@pytest.mark.parametrize(
    ("recorded", "decision", "text"),
    [
        (events.task_scheduled(TASK), None, "activity task with sequence ID 3 and name 'reserve'"),
        (events.task_scheduled(TASK), TIMER, "produced a CreateTimerOrchestratorAction action"),
        (events.timer_created(TIMER), None, "a timer task with sequence number 3 but the current"),
        (events.timer_created(TIMER), TASK, "produced a ScheduleTaskOrchestratorAction action"),
        (events.child_created(CHILD), None, "name 'ship' (version '', instance ID 'i:3')"),
        (events.child_created(CHILD), TASK, "produced a ScheduleTaskOrchestratorAction action"),
        (
            events.child_created(CHILD),
            StartChild(3, "send", None, "i:3", None),
            "scheduled a sub-orchestration task with name send at this sequence number",
        ),
        (events.event_sent(SENT), None, "a send event task with sequence ID 3"),
        (events.event_sent(SENT), CHILD, "scheduled a CreateSubOrchestrationAction task"),
        (
            events.event_sent(SENT),
            SendEvent(3, "i", "release", None),
            "event task with name release",
        ),
    ],
)
def test_each_kind_of_nondeterminism_has_its_text(
    recorded: Event, decision: Decision | None, text: str
) -> None:
    with pytest.raises(NonDeterminismError) as error:
        check(recorded, decision)
    assert str(error.value).startswith("Non-Deterministic workflow detected: A previous execution")
    assert text in str(error.value)


@pytest.mark.parametrize(
    ("recorded", "decision"),
    [
        (events.task_scheduled(TASK), ScheduleTask(3, "RESERVE", "", "other input")),
        (events.timer_created(TIMER), TIMER),
        (events.child_created(CHILD), CHILD),
        (events.event_sent(SENT), SENT),
    ],
)
def test_repeated_decision_is_accepted(recorded: Event, decision: Decision) -> None:
    check(recorded, decision)
