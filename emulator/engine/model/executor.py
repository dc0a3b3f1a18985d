"""What the engine asks of whoever runs the code: one turn of an orchestration, one activity.

The engine knows queues, tables and blobs; it does not know Python functions, bindings or HTTP.
The extension (`emulator.durable`) knows those and answers turns; it never touches storage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Event = Mapping[str, Any]
"""One history event, in the JSON form of DurableTask.Core: `EventType` (a number), `EventId`,
`IsPlayed`, `Timestamp` (RFC 3339 text) and its type's fields, `Input`/`Result` as JSON text."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One episode of one orchestration (or entity): what is known, and what has just come in."""

    instance_id: str
    execution_id: str
    past: Sequence[Event]
    new: Sequence[Event]  # begins with OrchestratorStarted


@dataclass(frozen=True, slots=True)
class ScheduleTask:
    """Run an activity."""

    event_id: int
    name: str
    version: str | None
    input: str | None


@dataclass(frozen=True, slots=True)
class CreateTimer:
    """Wake this execution at a time."""

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
    """Send an external event to another instance (entities live on these)."""

    event_id: int
    instance_id: str
    name: str
    input: str | None


@dataclass(frozen=True, slots=True)
class Complete:
    """End this execution. `status` is Completed, Failed, Terminated or ContinuedAsNew."""

    event_id: int
    status: str
    result: str | None
    details: str | None = None
    failure: Mapping[str, Any] | None = None
    new_version: str | None = None
    carryover: Sequence[Event] = ()  # events unread when it continued as new


Decision = ScheduleTask | CreateTimer | StartChild | SendEvent | Complete


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a turn. `rejected`: the version does not match; put the message back."""

    decisions: Sequence[Decision] = field(default=())
    custom_status: str | None = None
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class ActivityCall:
    """One activity to run."""

    instance_id: str
    execution_id: str
    event_id: int
    name: str
    version: str | None
    input: str | None


@dataclass(frozen=True, slots=True)
class ActivityOutcome:
    """`reason` is None when it succeeded. `lost`: nobody answers; leave the caller waiting."""

    result: str | None = None
    reason: str | None = None
    details: str | None = None
    failure: Mapping[str, Any] | None = None
    lost: bool = False


class Executor(Protocol):
    """Runs code for the engine. Never raises for the code's own failures: those are outcomes.

    Suspension and termination are events like any other: an executor holds what comes between
    ExecutionSuspended and ExecutionResumed, and completes at ExecutionTerminated.
    """

    async def run_turn(self, turn: Turn) -> Outcome:
        """Replay the history, run what comes next, and say what it decided."""

    async def run_activity(self, call: ActivityCall) -> ActivityOutcome:
        """Run one activity to its end."""
