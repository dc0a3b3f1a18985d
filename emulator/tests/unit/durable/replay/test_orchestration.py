"""Orchestrators of the conformance app, replayed in memory, end as on the real extension."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.durable.app.function_catalog import FunctionCatalog
from emulator.durable.dotnet.json_text import parse_or_text
from emulator.durable.replay.orchestration import Started, decide
from emulator.durable.replay.sdk_result import SdkResult
from emulator.engine.model import event as events
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Complete, CreateTimer, Episode
from emulator.host.functions.worker import Worker
from emulator.tests.conformance.transcript import Host
from emulator.tests.unit.durable.in_memory_engine import InMemoryEngine

RECORDED = json.loads((Path(__file__).parents[3] / "conformance/recorded.json").read_text())
ENDS = {
    entry["name"].removesuffix(" at its end").removeprefix("o-"): entry["response"]["body"]
    for entry in RECORDED
    if entry["name"].startswith("o-")
}

# The SDK warns about events without a waiter; on a real host this is a log line.
pytestmark = pytest.mark.filterwarnings("ignore:Potential duplicate Task:UserWarning")


def normalized(text: str | None) -> Any:
    """Return an output as the transcript records it."""
    return Host("http://base", "code").normalized(parse_or_text(text))


@pytest.mark.parametrize("name", [each for each in ENDS if each != "retried"])
async def test_orchestrator_ends_as_recorded(worker: Worker, name: str) -> None:
    instance = await InMemoryEngine(worker).finish(name, f"o-{name}")
    end = ENDS[name]
    assert (instance.status, normalized(instance.output)) == (end["runtimeStatus"], end["output"])
    assert parse_or_text(instance.custom_status) == end["customStatus"]


async def test_activity_is_retried_until_it_succeeds(worker: Worker) -> None:
    engine = InMemoryEngine(worker)
    instance = await engine.finish("retried", "fresh")
    assert (instance.output, engine.calls) == ("3", ["flaky"] * 3)
    timers = [e for e in instance.past if e["EventType"] == EventType.TimerCreated]
    assert [e["EventId"] for e in timers] == [1, 3]


async def test_last_failed_retry_is_followed_by_timer(worker: Worker) -> None:
    instance = await InMemoryEngine(worker).finish("retried_in_vain")
    kinds = [EventType(e["EventType"]).name for e in instance.past if "EventId" in e]
    decisions = [k for k in kinds if k in ("TaskScheduled", "TimerCreated", "ExecutionCompleted")]
    assert decisions == [*["TaskScheduled", "TimerCreated"] * 2, "ExecutionCompleted"]


async def test_simultaneous_signals_are_one_tick_apart(worker: Worker) -> None:
    instance = await InMemoryEngine(worker).finish("uses_entity")
    sent = [json.loads(e["Input"]) for e in instance.past if e["EventType"] == EventType.EventSent]
    assert [each["op"] for each in sent] == ["add", "add", "get"]
    assert sent[0]["Predecessor"] == "0001-01-01T00:00:00"
    assert sent[1]["Predecessor"] == sent[0]["Timestamp"]
    assert sent[1]["Timestamp"] == sent[0]["Timestamp"].replace("0Z", "1")
    assert len({each["id"] for each in sent}) == 3


@pytest.mark.parametrize(
    ("name", "waits"),
    [
        ("carried_then_step", True),
        ("open_timer", True),
        ("cancelled_timer", False),
    ],
)
async def test_race_loser_is_awaited_unless_cancelled(
    worker: Worker, name: str, waits: bool
) -> None:
    engine = InMemoryEngine(worker)
    engine.start(name, "r")
    await engine.settle(timers=False)
    engine.raise_event("r", "go", '"x"')
    await engine.settle(timers=False)
    assert (engine.instances["r"].status == "Running") is waits
    await engine.settle()
    assert engine.instances["r"].status == "Completed"


async def test_cancelled_timer_is_still_created(worker: Worker) -> None:
    engine = InMemoryEngine(worker)
    engine.start("event_or_timeout", "i", '{"seconds": 30}')
    await engine.settle(timers=False)
    engine.raise_event("i", "go", '{"k": "v"}')
    await engine.settle(timers=False)
    instance = engine.instances["i"]
    assert (instance.status, instance.output) == ("Completed", '{"event":{"k":"v"}}')
    assert [type(each) for each in instance.timers] == [CreateTimer]


async def test_simultaneous_events_are_read_one_per_generation(worker: Worker) -> None:
    engine = InMemoryEngine(worker)
    engine.start("collector", "i")
    for value in ("1", "2", "3"):
        engine.raise_event("i", "item", value)
    await engine.settle()
    assert engine.instances["i"].output == "[1,2,3]"


async def test_event_name_case_matters_to_python_but_not_to_host(
    worker: Worker,
) -> None:
    engine = InMemoryEngine(worker)
    engine.start("statuses", "i")
    engine.raise_event("i", "GO", '"x"')
    await engine.settle()
    assert (engine.instances["i"].status, engine.instances["i"].custom_status) == (
        "Running",
        '"one"',
    )
    for _ in range(2):
        engine.raise_event("i", "go", '"x"')
    await engine.settle()
    assert engine.instances["i"].status == "Completed"


async def test_suspended_instance_gets_events_after_resume(worker: Worker) -> None:
    engine = InMemoryEngine(worker)
    engine.start("event", "i")
    engine.send("i", EventType.ExecutionSuspended, Reason="hold on")
    engine.raise_event("i", "go", '"while suspended"')
    await engine.settle()
    assert engine.instances["i"].status == "Running"
    engine.send("i", EventType.ExecutionResumed, Reason="continue")
    await engine.settle()
    assert engine.instances["i"].output == "\"str:'while suspended'\""


async def test_decisions_before_suspension_are_scheduled_once_after_it(
    worker: Worker,
) -> None:
    engine = InMemoryEngine(worker)
    engine.start("chain", "i")
    engine.send("i", EventType.ExecutionSuspended, Reason="at once")
    await engine.settle()
    assert engine.calls == []
    engine.send("i", EventType.ExecutionResumed, Reason="continue")
    await engine.settle()
    assert (engine.instances["i"].output, engine.calls) == ("[2,4]", ["double", "double"])


async def test_terminated_parent_leaves_child_running(
    worker: Worker,
) -> None:
    engine = InMemoryEngine(worker)
    engine.start("parent_waiting", "p")
    await engine.settle()
    engine.send("p", EventType.ExecutionTerminated, Input="stop")
    await engine.settle()
    parent, child = engine.instances["p"], engine.instances["p-child"]
    assert (parent.status, parent.output, child.status) == ("Terminated", "stop", "Running")


def test_custom_status_over_16_kb_fails_orchestration() -> None:
    start = events.execution_started(
        instance_id="i", execution_id="e", name="f", version=None, input_=None
    )
    episode = Episode("i", "e", (), (events.make(EventType.OrchestratorStarted), start))
    result = SdkResult(is_done=True, custom_status="x" * 8200)
    outcome = decide(episode, Started("f", None, None, None), result, FunctionCatalog(), None)
    (end,) = outcome.decisions
    assert isinstance(end, Complete)
    assert end.result == (
        "Orchestrator function 'f' failed: The size of the JSON-serialized payload must not "
        "exceed 16 KB of UTF-16 text."
    )
