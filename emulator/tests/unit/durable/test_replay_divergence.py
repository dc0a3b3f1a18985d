"""Code that no longer matches a history: what is said, and when nothing is."""

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
from emulator.tests.unit.durable.loop import Loop

CONFORMANCE = Path(__file__).parents[2] / "conformance"
RECORDED = {
    entry["name"]: entry["response"]["body"]
    for entry in json.loads((CONFORMANCE / "breaking.json").read_text())
}

# What the SDK says of an event that nobody waits for; on a real host it is a line in the log.
pytestmark = pytest.mark.filterwarnings("ignore:Potential duplicate Task:UserWarning")


@pytest.fixture(scope="module")
def releases() -> tuple[Worker, Worker]:
    """The release that runs, and the one that is put over it."""
    breaking = CONFORMANCE / "breaking"
    return Worker.load(breaking / "running"), Worker.load(breaking / "breaking")


@pytest.mark.parametrize("name", RECORDED)
async def test_a_breaking_release_ends_what_is_in_flight_as_recorded(
    releases: tuple[Worker, Worker], name: str
) -> None:
    running, breaking = releases
    loop = Loop(running)
    loop.start(name, name)
    await loop.settle()
    catalog = FunctionCatalog.of(breaking.functions.values())
    loop.executor = FunctionExecutor(breaking, VersionPolicy(), catalog)
    loop.raise_event(name, "go", '"e"')
    await loop.settle()
    instance, end = loop.instances[name], RECORDED[name]
    assert (instance.status, parse_or_text(instance.output)) == (
        end["runtimeStatus"],
        end["output"],
    )


TIMER = CreateTimer(3, datetime(2026, 1, 1, tzinfo=UTC))
TASK = ScheduleTask(3, "reserve", "", None)
CHILD = StartChild(3, "ship", None, "i:3", None)
SENT = SendEvent(3, "@counter@k", "op", None)


@pytest.mark.parametrize(
    ("recorded", "now", "told"),
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
def test_every_kind_of_divergence_is_told(recorded: Event, now: Decision | None, told: str) -> None:
    with pytest.raises(NonDeterminismError) as error:
        check(recorded, now)
    assert str(error.value).startswith("Non-Deterministic workflow detected: A previous execution")
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("recorded", "now"),
    [
        (events.task_scheduled(TASK), ScheduleTask(3, "RESERVE", "", "other input")),
        (events.timer_created(TIMER), TIMER),
        (events.child_created(CHILD), CHILD),
        (events.event_sent(SENT), SENT),
    ],
)
def test_a_decision_made_again_is_no_divergence(recorded: Event, now: Decision) -> None:
    check(recorded, now)
