"""A small executor for tests: orchestrators are Python generators, replayed in every episode.

An orchestrator yields `Call`, `Sleep`, `Wait`, `Child`, `Send` or a list of them and is sent the
result. It returns its output or `ContinueAsNew(input)`. Failures are raised as `Failure`. Entities
are functions of a state and a list of operations.
"""

import json
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from emulator.engine.model import timestamps
from emulator.engine.model.event import SCHEDULING, EventType, answered_id
from emulator.engine.model.executor import (
    ActivityCall,
    ActivityOutcome,
    Complete,
    CreateTimer,
    Decision,
    Episode,
    EpisodeOutcome,
    Event,
    ScheduleTask,
    SendEvent,
    StartChild,
)


@dataclass(frozen=True)
class Call:
    activity: str
    input: Any = None


@dataclass(frozen=True)
class Sleep:
    seconds: float


@dataclass(frozen=True)
class Wait:
    name: str


@dataclass(frozen=True)
class Child:
    name: str
    instance_id: str
    input: Any = None


@dataclass(frozen=True)
class Send:
    instance_id: str
    name: str
    input: Any = None


@dataclass(frozen=True)
class ContinueAsNew:
    """Restart the orchestration with a new input."""

    input: Any


class Failure(Exception):
    """The failure of an activity, a child or an orchestrator."""


@dataclass
class Context:
    """The context of an orchestrator."""

    instance_id: str
    input: Any
    status: Any = None
    status_was_set: bool = False

    def show(self, status: Any) -> None:
        self.status = status


Orchestrator = Callable[[Context], Generator[Any, Any, Any]]
Activity = Callable[[Any], Awaitable[Any]]
RECORDED = SCHEDULING | {EventType.EventSent}
_PENDING = object()


@dataclass
class Replayer:
    """An Executor that records the instance id of every episode in order."""

    orchestrators: Mapping[str, Orchestrator] = field(default_factory=dict)
    activities: Mapping[str, Activity] = field(default_factory=dict)
    entities: Mapping[str, Callable[[Any, list[Any]], Any]] = field(default_factory=dict)
    rejected_versions: frozenset[str] = frozenset()
    episodes: list[str] = field(default_factory=list)

    async def run_episode(self, episode: Episode) -> EpisodeOutcome:
        self.episodes.append(episode.instance_id)
        events = [*episode.past, *episode.new]
        start = next(e for e in events if e["EventType"] == EventType.ExecutionStarted)
        if start["Version"] in self.rejected_versions:
            return EpisodeOutcome(rejected=True)
        if episode.instance_id.startswith("@"):
            return self._entity(episode, start)
        return _Replay(episode, delivered_order(events), start).run(
            self.orchestrators[start["Name"]]
        )

    async def run_activity(self, call: ActivityCall) -> ActivityOutcome:
        if call.name not in self.activities:
            return ActivityOutcome(no_response=True)
        try:
            result = await self.activities[call.name](_loads(call.input))
        except Failure as failure:
            return ActivityOutcome(reason=str(failure), details=None)
        return ActivityOutcome(_dumps(result))

    def _entity(self, episode: Episode, start: Event) -> EpisodeOutcome:
        state = _loads(start["Input"]) or {"state": None}
        name = episode.instance_id.split("@")[1]
        operations = [
            json.loads(e["Input"]) for e in episode.new if e["EventType"] == EventType.EventRaised
        ]
        if not operations:
            return EpisodeOutcome((), '{"entityExists":true}')
        after = {"state": _dumps(self.entities[name](_loads(state["state"]), operations))}
        again = Complete(0, "ContinuedAsNew", _dumps({**after, "sorter": {}}))
        return EpisodeOutcome([again], '{"entityExists":true}')


def delivered_order(events: Sequence[Event]) -> list[Event]:
    """Return the events in delivery order: those held during a suspension come after it."""
    ordered: list[Event] = []
    held: list[Event] | None = None
    for event in events:
        kind = event["EventType"]
        if kind == EventType.ExecutionSuspended:
            held = held or []
        elif kind == EventType.ExecutionResumed:
            ordered.extend(held or [])
            held = None
        elif held is None or kind == EventType.ExecutionTerminated:
            ordered.append(event)
        else:
            held.append(event)
    return ordered


class _Replay:
    def __init__(self, episode: Episode, events: Sequence[Event], start: Event) -> None:
        self._episode = episode
        self._events = events
        self._next_id = 0
        self._recorded = {e["EventId"] for e in events if e["EventType"] in RECORDED}
        self._answers = {answered_id(e): e for e in events}
        self._decisions: list[Decision] = []
        self._unprocessed = [e for e in events if e["EventType"] == EventType.EventRaised]
        self._context = Context(episode.instance_id, _loads(start["Input"]))
        self._suspended = _is_suspended([*episode.past, *episode.new])

    def run(self, orchestrator: Orchestrator) -> EpisodeOutcome:
        returned = self._end(orchestrator(self._context))
        end = self._termination() or returned
        decisions = [] if self._suspended else list(self._decisions)
        if end is not None and not (self._suspended and end.status != "Terminated"):
            decisions.append(end)
        return EpisodeOutcome(decisions, _dumps(self._context.status))

    def _termination(self) -> Complete | None:
        for event in self._events:
            if event["EventType"] == EventType.ExecutionTerminated:
                number = max((e["EventId"] for e in self._events), default=-1) + 1
                return Complete(number, "Terminated", event["Input"])
        return None

    def _end(self, code: Generator[Any, Any, Any]) -> Complete | None:
        try:
            step = next(code)
            while True:
                results = [self._result(w) for w in _as_list(step)]
                if _PENDING in results:
                    return None
                failed = next((r for r in results if isinstance(r, Failure)), None)
                if failed:
                    step = code.throw(failed)
                else:
                    step = code.send(results if isinstance(step, list) else results[0])
        except StopIteration as stop:
            return self._returned(stop.value)
        except Failure as failure:
            return Complete(self._next_id, "Failed", str(failure))

    def _returned(self, value: Any) -> Complete:
        if isinstance(value, ContinueAsNew):
            carried = tuple(self._unprocessed)
            return Complete(self._next_id, "ContinuedAsNew", _dumps(value.input), carryover=carried)
        return Complete(self._next_id, "Completed", _dumps(value))

    def _result(self, step: Any) -> Any:
        if isinstance(step, Wait):
            return self._event(step.name)
        number = self._next_id
        self._next_id += 1
        if number not in self._recorded:
            self._decisions.append(self._decision(number, step))
        if isinstance(step, Send):
            return None
        answer = self._answers.get(number)
        return _PENDING if answer is None else _value(answer)

    def _event(self, name: str) -> Any:
        for event in self._unprocessed:
            if event["Name"] == name:
                self._unprocessed.remove(event)
                return _loads(event["Input"])
        return _PENDING

    def _decision(self, number: int, step: Any) -> Decision:
        match step:
            case Call():
                return ScheduleTask(number, step.activity, "", _dumps(step.input))
            case Sleep():
                now = timestamps.parse(self._episode.new[0]["Timestamp"])
                return CreateTimer(number, now + timedelta(seconds=step.seconds))
            case Child():
                return StartChild(number, step.name, "", step.instance_id, _dumps(step.input))
            case Send():
                return SendEvent(number, step.instance_id, step.name, _dumps(step.input))
        raise AssertionError(step)


def _value(answer: Event) -> Any:
    if answer["EventType"] == EventType.TimerFired:
        return None
    if "Reason" in answer:
        return Failure(answer["Reason"])
    return _loads(answer["Result"])


def _is_suspended(events: Sequence[Event]) -> bool:
    kinds = [e["EventType"] for e in events]
    marks = [k for k in kinds if k in (EventType.ExecutionSuspended, EventType.ExecutionResumed)]
    return bool(marks) and marks[-1] == EventType.ExecutionSuspended


def _as_list(step: Any) -> list[Any]:
    return step if isinstance(step, list) else [step]


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _loads(text: str | None) -> Any:
    return None if text is None else json.loads(text)
