"""The port through which the engine runs code: one episode of an orchestration, or one activity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Event = Mapping[str, Any]
"""One history event, in the JSON form of DurableTask.Core: `EventType` (a number), `EventId`,
`IsPlayed`, `Timestamp` (RFC 3339 text) and its type's fields, `Input`/`Result` as JSON text."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode of an orchestration or entity: its recorded history and the new events."""

    instance_id: str
    execution_id: str
    past: Sequence[Event]
    new: Sequence[Event]  # begins with OrchestratorStarted


@dataclass(frozen=True, slots=True)
class ScheduleTask:
    """Schedule an activity."""

    event_id: int
    name: str
    version: str | None
    input: str | None


@dataclass(frozen=True, slots=True)
class CreateTimer:
    """Create a durable timer."""

    event_id: int
    fire_at: datetime


@dataclass(frozen=True, slots=True)
class StartChild:
    """Start a sub-orchestration."""

    event_id: int
    name: str
    version: str | None
    instance_id: str
    input: str | None


@dataclass(frozen=True, slots=True)
class SendEvent:
    """Send an external event to another instance. Entities communicate this way."""

    event_id: int
    instance_id: str
    name: str
    input: str | None


@dataclass(frozen=True, slots=True)
class Complete:
    """End this execution with status Completed, Failed, Terminated or ContinuedAsNew."""

    event_id: int
    status: str
    result: str | None
    details: str | None = None
    failure: Mapping[str, Any] | None = None
    new_version: str | None = None
    carryover: Sequence[Event] = ()  # unprocessed events, when it continues as new


Decision = ScheduleTask | CreateTimer | StartChild | SendEvent | Complete


@dataclass(frozen=True, slots=True)
class EpisodeOutcome:
    """The result of an episode. If the version is rejected, its messages are abandoned."""

    decisions: Sequence[Decision] = field(default=())
    custom_status: str | None = None
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class ActivityCall:
    """One activity invocation."""

    instance_id: str
    execution_id: str
    event_id: int
    name: str
    version: str | None
    input: str | None


@dataclass(frozen=True, slots=True)
class ActivityOutcome:
    """The result of an activity.

    `reason` is None on success. `no_response` means that no answer is ever sent and the caller
    keeps waiting.
    """

    result: str | None = None
    reason: str | None = None
    details: str | None = None
    failure: Mapping[str, Any] | None = None
    no_response: bool = False


class Executor(Protocol):
    """Runs code for the engine and returns failures of that code as outcomes, never as exceptions.

    Suspension and termination are ordinary events: an executor holds back the events between
    ExecutionSuspended and ExecutionResumed, and completes at ExecutionTerminated.
    """

    async def run_episode(self, episode: Episode) -> EpisodeOutcome:
        """Replay the history, process the new events and return the decisions."""

    async def run_activity(self, call: ActivityCall) -> ActivityOutcome:
        """Run one activity to completion."""
