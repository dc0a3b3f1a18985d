"""One episode of an orchestration: replays the history and returns the decisions.

The same history and SDK result give the same outcome. Non-determinism, suspension and termination
are handled here, in the order of the events.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from emulator.durable.app.function_catalog import FunctionCatalog
from emulator.durable.dotnet.exception import serialize_exception
from emulator.durable.dotnet.json_text import compact, compact_or_none
from emulator.durable.replay.action_runner import ActionRunner, OrchestratorFailedError
from emulator.durable.replay.execution import Execution
from emulator.durable.replay.nondeterminism import NonDeterminismError
from emulator.durable.replay.promise import Coroutine, Promise, run
from emulator.durable.replay.sdk_result import OrchestratorFailure, SdkResult
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Episode, EpisodeOutcome, Event

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
    """The data of an execution's ExecutionStarted event, with its input as JSON text in `value`."""

    name: str
    version: str | None
    value: str | None
    parent_id: str | None


def decide(
    episode: Episode,
    started: Started,
    result: SdkResult | OrchestratorFailure,
    catalog: FunctionCatalog,
    default_version: str | None,
) -> EpisodeOutcome:
    """Return the outcome of an episode, given the SDK's result for the whole history."""
    execution = Execution(episode.instance_id, episode.execution_id)
    runner = ActionRunner(execution, catalog, default_version, started.parent_id or "")
    playback = Playback(execution, lambda: _coroutine(runner, started.name, result))
    try:
        for event in chain(episode.past, episode.new):
            playback.event(event)
        if execution.is_idle:
            playback.end()
    except NonDeterminismError as error:
        details = f"Unhandled exception while executing orchestration: {error}"
        execution.complete("Failed", str(error), details)
    return EpisodeOutcome(execution.decisions, custom_status=_custom_status(result))


class Playback:
    """Replays the events of one history in order."""

    def __init__(self, execution: Execution, begin: Callable[[], Coroutine]) -> None:
        self._execution = execution
        self._begin = begin
        self._code: Promise | None = None
        self._suspended = False
        self._held_back: deque[Event] = deque()

    def event(self, event: Event) -> None:
        """Replay one event. Raises NonDeterminismError."""
        kind = EventType(event["EventType"])
        if kind is EventType.OrchestratorStarted:
            self._execution.now = event["Timestamp"]
        elif kind is EventType.ExecutionResumed:
            self._resume()
        elif kind is EventType.ExecutionTerminated:
            self._execution.complete("Terminated", event.get("Input"))
        elif self._suspended:
            if kind is not EventType.ExecutionSuspended:
                self._held_back.append(event)
        else:
            self._play(kind, event)

    def end(self) -> None:
        """End the execution if its code has ended. Call it when nothing is open."""
        code = self._code
        if code is None or not code.done:
            return
        if not code.failed:
            self._execution.complete("Completed", compact_or_none(code.value))
            return
        error = code.value
        details = (
            error.details
            if isinstance(error, OrchestratorFailedError)
            else serialize_exception(str(error))
        )
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
            self._execution.external_events.deliver(event["Name"], event.get("Input"))
        else:
            self._execution.carryover.append(event)

    def _resume(self) -> None:
        self._suspended = False
        self._execution.release()
        while self._held_back and not self._suspended:
            self.event(self._held_back.popleft())


def _coroutine(
    runner: ActionRunner, name: str, result: SdkResult | OrchestratorFailure
) -> Coroutine:
    failure = f"Orchestrator function '{name}' failed: "
    if isinstance(result, OrchestratorFailure):
        raise OrchestratorFailedError(failure + result.reason, serialize_exception(result.reason))
    if _size_of_status(result) > STATUS_LIMIT_KB * 1024:
        reason = (
            "The size of the JSON-serialized payload must not exceed "
            f"{STATUS_LIMIT_KB} KB of UTF-16 text."
        )
        raise OrchestratorFailedError(failure + reason, serialize_exception(reason))
    try:
        return (yield from runner.run(name, result))
    except (ValueError, KeyError) as error:
        raise OrchestratorFailedError(
            failure + str(error), serialize_exception(str(error))
        ) from error


def _custom_status(result: SdkResult | OrchestratorFailure) -> str:
    if isinstance(result, OrchestratorFailure) or _size_of_status(result) > STATUS_LIMIT_KB * 1024:
        return "null"
    return compact(result.custom_status)


def _size_of_status(result: SdkResult) -> int:
    return len(compact(result.custom_status).encode("utf-16-le"))
