"""One turn of an orchestration: the history is played to the walk, and out come the decisions.

Pure: the same history and answer give the same outcome. This is where a replay that no longer
matches, a suspension and a termination are dealt with, in the order of the events.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from emulator.durable.app.function_catalog import Catalog
from emulator.durable.dotnet.exception import serialized
from emulator.durable.dotnet.json_text import compact, or_none
from emulator.durable.replay.action_runner import FailedError, Walk
from emulator.durable.replay.execution import Execution
from emulator.durable.replay.nondeterminism import DivergedError
from emulator.durable.replay.promise import Promise, Steps, run
from emulator.durable.replay.sdk_result import Answer, Refusal
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Event, Outcome, Turn

STATUS_LIMIT_KB = 16  # of UTF-16
SUCCESSES = {
    EventType.TaskCompleted: "TaskScheduledId",
    EventType.SubOrchestrationInstanceCompleted: "TaskScheduledId",
    EventType.TimerFired: "TimerId",
}
FAILURES = {
    EventType.TaskFailed: "TaskScheduledId",
    EventType.SubOrchestrationInstanceFailed: "TaskScheduledId",
}
RECORDED = frozenset(
    {
        EventType.TaskScheduled,
        EventType.TimerCreated,
        EventType.SubOrchestrationInstanceCreated,
        EventType.EventSent,
    }
)


@dataclass(frozen=True, slots=True)
class Started:
    """What the ExecutionStarted event of an execution says; `value` is its input as JSON text."""

    name: str
    version: str | None
    value: str | None
    parent_id: str | None


def decide(
    turn: Turn,
    started: Started,
    answer: Answer | Refusal,
    catalog: Catalog,
    default_version: str | None,
) -> Outcome:
    """What one turn leads to, given what the SDK answered to its whole history."""
    execution = Execution(turn.instance_id, turn.execution_id)
    walk = Walk(execution, catalog, default_version, started.parent_id or "")
    play = Playback(execution, lambda: _steps(walk, started.name, answer))
    try:
        for event in chain(turn.past, turn.new):
            play.event(event)
        if execution.idle:
            play.end()
    except DivergedError as error:
        details = f"Unhandled exception while executing orchestration: {error}"
        execution.complete("Failed", str(error), details)
    return Outcome(execution.decisions, custom_status=_custom_status(answer))


class Playback:
    """Plays the events of one history, each in its turn."""

    def __init__(self, execution: Execution, begin: Callable[[], Steps]) -> None:
        self._execution = execution
        self._begin = begin
        self._code: Promise | None = None
        self._suspended = False
        self._unheard: deque[Event] = deque()

    def event(self, event: Event) -> None:
        """Play one event. Raises DivergedError."""
        kind = EventType(event["EventType"])
        if kind is EventType.OrchestratorStarted:
            self._execution.now = event["Timestamp"]
        elif kind is EventType.ExecutionResumed:
            self._resume()
        elif kind is EventType.ExecutionTerminated:
            self._execution.complete("Terminated", event.get("Input"))
        elif self._suspended:
            if kind is not EventType.ExecutionSuspended:
                self._unheard.append(event)
        else:
            self._play(kind, event)

    def end(self) -> None:
        """Nothing is open any more: if the code has ended, so does the execution."""
        code = self._code
        if code is None or not code.done:
            return
        if not code.failed:
            self._execution.complete("Completed", or_none(code.value))
            return
        error = code.value
        details = error.details if isinstance(error, FailedError) else serialized(str(error))
        self._execution.complete("Failed", str(error), details)

    def _play(self, kind: EventType, event: Event) -> None:
        if kind is EventType.ExecutionStarted:
            self._code = run(self._begin())
        elif kind is EventType.ExecutionSuspended:
            self._suspended = True
            self._execution.hold()
        elif kind is EventType.EventRaised:
            self._raise(event)
        elif kind in SUCCESSES:
            self._execution.settle(event[SUCCESSES[kind]])
        elif kind in FAILURES:
            self._execution.settle(event[FAILURES[kind]], failed=True)
        elif kind in RECORDED:
            self._execution.confirm(event)

    def _raise(self, event: Event) -> None:
        if self._execution.continued_with is None:
            self._execution.inbox.deliver(event["Name"], event.get("Input"))
        else:
            self._execution.carryover.append(event)

    def _resume(self) -> None:
        self._suspended = False
        self._execution.release()
        while self._unheard and not self._suspended:
            self.event(self._unheard.popleft())


def _steps(walk: Walk, name: str, answer: Answer | Refusal) -> Steps:
    failure = f"Orchestrator function '{name}' failed: "
    if isinstance(answer, Refusal):
        raise FailedError(failure + answer.reason, serialized(answer.reason))
    if _size_of_status(answer) > STATUS_LIMIT_KB * 1024:
        reason = (
            "The size of the JSON-serialized payload must not exceed "
            f"{STATUS_LIMIT_KB} KB of UTF-16 text."
        )
        raise FailedError(failure + reason, serialized(reason))
    try:
        return (yield from walk.follow(name, answer))
    except (ValueError, KeyError) as error:
        raise FailedError(failure + str(error), serialized(str(error))) from error


def _custom_status(answer: Answer | Refusal) -> str:
    if isinstance(answer, Refusal) or _size_of_status(answer) > STATUS_LIMIT_KB * 1024:
        return "null"
    return compact(answer.custom_status)


def _size_of_status(answer: Answer) -> int:
    return len(compact(answer.custom_status).encode("utf-16-le"))
