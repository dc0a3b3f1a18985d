"""A small executor for tests: orchestrators are Python generators, replayed on every turn.

An orchestrator yields what it wants (`Call`, `Sleep`, `Wait`, `Child`, `Send`, or a list of them
for all) and is sent the result; it returns its output or `Again(input)`. Failures are raised as
`Failure`. Entities are functions of a state and a list of operations.
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
class Again:
    """Continue as new with an input."""

    input: Any


class Failure(Exception):
    """An activity or a child failed, or an orchestrator wants to."""


@dataclass
class Context:
    """What an orchestrator may use."""

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
    """An Executor. `turns` records the ids of the instances whose code was asked, in order."""

    orchestrators: Mapping[str, Orchestrator] = field(default_factory=dict)
    activities: Mapping[str, Activity] = field(default_factory=dict)
    entities: Mapping[str, Callable[[Any, list[Any]], Any]] = field(default_factory=dict)
    rejected_versions: frozenset[str] = frozenset()
    turns: list[str] = field(default_factory=list)

    async def run_episode(self, turn: Episode) -> EpisodeOutcome:
        self.turns.append(turn.instance_id)
        events = [*turn.past, *turn.new]
        start = next(e for e in events if e["EventType"] == EventType.ExecutionStarted)
        if start["Version"] in self.rejected_versions:
            return EpisodeOutcome(rejected=True)
        if turn.instance_id.startswith("@"):
            return self._entity(turn, start)
        return _Replay(turn, heard(events), start).run(self.orchestrators[start["Name"]])

    async def run_activity(self, call: ActivityCall) -> ActivityOutcome:
        if call.name not in self.activities:
            return ActivityOutcome(no_response=True)
        try:
            result = await self.activities[call.name](_loads(call.input))
        except Failure as failure:
            return ActivityOutcome(reason=str(failure), details=None)
        return ActivityOutcome(_dumps(result))

    def _entity(self, turn: Episode, start: Event) -> EpisodeOutcome:
        state = _loads(start["Input"]) or {"state": None}
        name = turn.instance_id.split("@")[1]
        operations = [
            json.loads(e["Input"]) for e in turn.new if e["EventType"] == EventType.EventRaised
        ]
        if not operations:
            return EpisodeOutcome((), '{"entityExists":true}')
        after = {"state": _dumps(self.entities[name](_loads(state["state"]), operations))}
        again = Complete(0, "ContinuedAsNew", _dumps({**after, "sorter": {}}))
        return EpisodeOutcome([again], '{"entityExists":true}')


def heard(events: Sequence[Event]) -> list[Event]:
    """The events in the order in which code hears them: what a suspension held comes after it."""
    told: list[Event] = []
    held: list[Event] | None = None
    for event in events:
        kind = event["EventType"]
        if kind == EventType.ExecutionSuspended:
            held = held or []
        elif kind == EventType.ExecutionResumed:
            told.extend(held or [])
            held = None
        elif held is None or kind == EventType.ExecutionTerminated:
            told.append(event)
        else:
            held.append(event)
    return told


class _Replay:
    def __init__(self, turn: Episode, events: Sequence[Event], start: Event) -> None:
        self._turn = turn
        self._events = events
        self._next_id = 0
        self._recorded = {e["EventId"] for e in events if e["EventType"] in RECORDED}
        self._answers = {answered_id(e): e for e in events}
        self._decisions: list[Decision] = []
        self._unread = [e for e in events if e["EventType"] == EventType.EventRaised]
        self._context = Context(turn.instance_id, _loads(start["Input"]))
        self._suspended = _is_suspended([*turn.past, *turn.new])

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
            wanted = next(code)
            while True:
                results = [self._result(w) for w in _many(wanted)]
                if _PENDING in results:
                    return None
                failed = next((r for r in results if isinstance(r, Failure)), None)
                if failed:
                    wanted = code.throw(failed)
                else:
                    wanted = code.send(results if isinstance(wanted, list) else results[0])
        except StopIteration as stop:
            return self._returned(stop.value)
        except Failure as failure:
            return Complete(self._next_id, "Failed", str(failure))

    def _returned(self, value: Any) -> Complete:
        if isinstance(value, Again):
            carried = tuple(self._unread)
            return Complete(self._next_id, "ContinuedAsNew", _dumps(value.input), carryover=carried)
        return Complete(self._next_id, "Completed", _dumps(value))

    def _result(self, wanted: Any) -> Any:
        if isinstance(wanted, Wait):
            return self._event(wanted.name)
        number = self._next_id
        self._next_id += 1
        if number not in self._recorded:
            self._decisions.append(self._decision(number, wanted))
        if isinstance(wanted, Send):
            return None
        answer = self._answers.get(number)
        return _PENDING if answer is None else _value(answer)

    def _event(self, name: str) -> Any:
        for event in self._unread:
            if event["Name"] == name:
                self._unread.remove(event)
                return _loads(event["Input"])
        return _PENDING

    def _decision(self, number: int, wanted: Any) -> Decision:
        match wanted:
            case Call():
                return ScheduleTask(number, wanted.activity, "", _dumps(wanted.input))
            case Sleep():
                now = timestamps.parse(self._turn.new[0]["Timestamp"])
                return CreateTimer(number, now + timedelta(seconds=wanted.seconds))
            case Child():
                return StartChild(number, wanted.name, "", wanted.instance_id, _dumps(wanted.input))
            case Send():
                return SendEvent(number, wanted.instance_id, wanted.name, _dumps(wanted.input))
        raise AssertionError(wanted)


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


def _many(wanted: Any) -> list[Any]:
    return wanted if isinstance(wanted, list) else [wanted]


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _loads(text: str | None) -> Any:
    return None if text is None else json.loads(text)
