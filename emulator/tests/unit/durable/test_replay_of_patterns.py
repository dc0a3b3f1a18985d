"""Each orchestrator of the conformance app, replayed in memory, ends as on the real extension."""

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
from emulator.tests.unit.durable.loop import Loop

RECORDED = json.loads((Path(__file__).parents[2] / "conformance/recorded.json").read_text())
ENDS = {
    entry["name"].removesuffix(" at its end").removeprefix("o-"): entry["response"]["body"]
    for entry in RECORDED
    if entry["name"].startswith("o-")
}

# What the SDK says of an event that nobody waits for; on a real host it is a line in the log.
pytestmark = pytest.mark.filterwarnings("ignore:Potential duplicate Task:UserWarning")


def shown(text: str | None) -> Any:
    """An output as the transcript notes it."""
    return Host("http://base", "code").told(parse_or_text(text))


@pytest.mark.parametrize("name", [each for each in ENDS if each != "retried"])
async def test_ends_as_recorded(worker: Worker, name: str) -> None:
    instance = await Loop(worker).finish(name, f"o-{name}")
    end = ENDS[name]
    assert (instance.status, shown(instance.output)) == (end["runtimeStatus"], end["output"])
    assert parse_or_text(instance.custom_status) == end["customStatus"]


async def test_a_retried_activity_is_called_until_it_succeeds(worker: Worker) -> None:
    loop = Loop(worker)
    instance = await loop.finish("retried", "fresh")
    assert (instance.output, loop.calls) == ("3", ["flaky"] * 3)
    timers = [e for e in instance.past if e["EventType"] == EventType.TimerCreated]
    assert [e["EventId"] for e in timers] == [1, 3]


async def test_retries_end_with_a_timer_after_the_last_failure(worker: Worker) -> None:
    instance = await Loop(worker).finish("retried_in_vain")
    kinds = [EventType(e["EventType"]).name for e in instance.past if "EventId" in e]
    decisions = [k for k in kinds if k in ("TaskScheduled", "TimerCreated", "ExecutionCompleted")]
    assert decisions == [*["TaskScheduled", "TimerCreated"] * 2, "ExecutionCompleted"]


async def test_two_signals_at_one_moment_are_one_tick_apart(worker: Worker) -> None:
    instance = await Loop(worker).finish("uses_entity")
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
async def test_the_loser_of_a_race_is_waited_for_unless_it_is_cancelled(
    worker: Worker, name: str, waits: bool
) -> None:
    loop = Loop(worker)
    loop.start(name, "r")
    await loop.settle(timers=False)
    loop.raise_event("r", "go", '"x"')
    await loop.settle(timers=False)
    assert (loop.instances["r"].status == "Running") is waits
    await loop.settle()
    assert loop.instances["r"].status == "Completed"


async def test_a_cancelled_timer_is_created_all_the_same(worker: Worker) -> None:
    loop = Loop(worker)
    loop.start("event_or_timeout", "i", '{"seconds": 30}')
    await loop.settle(timers=False)
    loop.raise_event("i", "go", '{"k": "v"}')
    await loop.settle(timers=False)
    instance = loop.instances["i"]
    assert (instance.status, instance.output) == ("Completed", '{"event":{"k":"v"}}')
    assert [type(each) for each in instance.timers] == [CreateTimer]


async def test_events_that_come_at_once_are_read_one_a_lap(worker: Worker) -> None:
    loop = Loop(worker)
    loop.start("collector", "i")
    for value in ("1", "2", "3"):
        loop.raise_event("i", "item", value)
    await loop.settle()
    assert loop.instances["i"].output == "[1,2,3]"


async def test_an_event_in_other_letters_ends_the_hosts_wait_but_not_pythons(
    worker: Worker,
) -> None:
    loop = Loop(worker)
    loop.start("statuses", "i")
    loop.raise_event("i", "GO", '"x"')
    await loop.settle()
    assert (loop.instances["i"].status, loop.instances["i"].custom_status) == ("Running", '"one"')
    for _ in range(2):
        loop.raise_event("i", "go", '"x"')
    await loop.settle()
    assert loop.instances["i"].status == "Completed"


async def test_a_suspended_one_hears_nothing_until_it_is_resumed(worker: Worker) -> None:
    loop = Loop(worker)
    loop.start("event", "i")
    loop.tell("i", EventType.ExecutionSuspended, Reason="hold on")
    loop.raise_event("i", "go", '"while suspended"')
    await loop.settle()
    assert loop.instances["i"].status == "Running"
    loop.tell("i", EventType.ExecutionResumed, Reason="go on")
    await loop.settle()
    assert loop.instances["i"].output == "\"str:'while suspended'\""


async def test_what_is_decided_before_a_suspension_is_scheduled_once_after_it(
    worker: Worker,
) -> None:
    loop = Loop(worker)
    loop.start("chain", "i")
    loop.tell("i", EventType.ExecutionSuspended, Reason="at once")
    await loop.settle()
    assert loop.calls == []
    loop.tell("i", EventType.ExecutionResumed, Reason="go on")
    await loop.settle()
    assert (loop.instances["i"].output, loop.calls) == ("[2,4]", ["double", "double"])


async def test_a_terminated_one_ends_with_the_reason_and_its_child_goes_on(
    worker: Worker,
) -> None:
    loop = Loop(worker)
    loop.start("parent_waiting", "p")
    await loop.settle()
    loop.tell("p", EventType.ExecutionTerminated, Input="stop")
    await loop.settle()
    parent, child = loop.instances["p"], loop.instances["p-child"]
    assert (parent.status, parent.output, child.status) == ("Terminated", "stop", "Running")


def test_a_custom_status_over_16_kb_fails_the_orchestration() -> None:
    start = events.execution_started(
        instance_id="i", execution_id="e", name="f", version=None, input_=None
    )
    turn = Episode("i", "e", (), (events.make(EventType.OrchestratorStarted), start))
    answer = SdkResult(is_done=True, custom_status="x" * 8200)
    outcome = decide(turn, Started("f", None, None, None), answer, FunctionCatalog(), None)
    (end,) = outcome.decisions
    assert isinstance(end, Complete)
    assert end.result == (
        "Orchestrator function 'f' failed: The size of the JSON-serialized payload must not "
        "exceed 16 KB of UTF-16 text."
    )
