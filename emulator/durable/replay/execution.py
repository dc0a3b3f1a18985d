"""One replay of one execution: assigns sequence ids, collects decisions, completes open tasks.

Follows DurableTask.Core's orchestration context, so that ids, results and errors are the same.
"""

from datetime import datetime
from typing import Any

from emulator.durable.replay.external_events import ExternalEvents
from emulator.durable.replay.nondeterminism import check
from emulator.durable.replay.promise import Promise, settled_promise
from emulator.engine.model import timestamps
from emulator.engine.model.executor import (
    Complete,
    CreateTimer,
    Decision,
    Event,
    ScheduleTask,
    SendEvent,
    StartChild,
)


class Execution:
    """The state of a replay."""

    def __init__(self, instance_id: str, execution_id: str) -> None:
        self.instance_id = instance_id
        self.execution_id = execution_id
        self.external_events = ExternalEvents()
        self.now = ""  # time of the episode that is being replayed
        self.continued_with: tuple[str | None] | None = None
        self.carryover: list[Event] = []
        self._next_id = 0
        self._decisions: dict[int, Decision] = {}
        self._held: dict[int, Decision] = {}  # made before a suspension and not recorded yet
        self._open: dict[int, Promise] = {}
        self._ended = False

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Return the decisions that the history does not record yet, in sequence order."""
        return tuple(self._decisions[number] for number in sorted(self._decisions))

    @property
    def is_idle(self) -> bool:
        """Return True if no activity, timer or child is open."""
        return not self._open

    @property
    def time(self) -> datetime:
        """Return `now` as a datetime."""
        return timestamps.parse(self.now)

    def schedule_task(self, name: str, value: str | None) -> Promise:
        """Schedule an activity with the JSON text of its argument list."""
        number = self._next_sequence_id()
        return self._schedule(ScheduleTask(number, name, "", value))

    def create_timer(self, fire_at: datetime, *, cancelled: bool = False) -> Promise:
        """Create a timer. A cancelled one is created too and completes at once."""
        number = self._next_sequence_id()
        promise = self._schedule(CreateTimer(number, fire_at))
        if cancelled:
            del self._open[number]
            promise.settle(failed=True)
        return promise

    def start_child(
        self, name: str, version: str | None, instance_id: str | None, value: str | None
    ) -> Promise:
        """Start a sub-orchestration, by default with an id derived from this execution's id."""
        number = self._next_sequence_id()
        own_id = (instance_id or "").strip() and instance_id
        child_id = own_id or f"{self.execution_id}:{number}"
        return self._schedule(StartChild(number, name, version, child_id, value))

    def send_event(self, instance_id: str, name: str, value: str | None) -> None:
        """Send an event to another instance, without waiting for anything."""
        number = self._next_sequence_id()
        self._decisions[number] = SendEvent(number, instance_id, name, value)

    def continue_as_new(self, value: str | None) -> None:
        """Restart once nothing is open, carrying over the events from here on."""
        self.continued_with = (value,)

    def confirm(self, event: Event) -> None:
        """Confirm a recorded decision. Raises NonDeterminismError if the replay did not make it."""
        number = event["EventId"]
        check(event, self._decisions.get(number))
        del self._decisions[number]

    def settle(self, number: int, *, failed: bool = False) -> None:
        """Complete the open task with this sequence id, ignoring repeated completions."""
        promise = self._open.pop(number, None) or settled_promise()
        promise.settle(failed=failed)

    def hold(self) -> None:
        """Hold back the decisions that are not recorded, because the execution is suspended."""
        self._held.update(self._decisions)
        self._decisions.clear()

    def release(self) -> None:
        """Release the decisions held back during a suspension."""
        self._decisions.update(self._held)
        self._held.clear()

    def complete(self, status: str, result: str | None, details: str | None = None) -> None:
        """End the execution unless it has ended. Completion after continue_as_new is a restart."""
        if self._ended:
            return
        self._ended = True
        end: dict[str, Any] = {"status": status, "result": result, "details": details}
        if status == "Completed" and self.continued_with is not None:
            end = {
                "status": "ContinuedAsNew",
                "result": self.continued_with[0],
                "carryover": tuple(self.carryover),
            }
        number = self._next_sequence_id()
        self._decisions[number] = Complete(number, **end)

    def _schedule(self, decision: ScheduleTask | CreateTimer | StartChild) -> Promise:
        self._decisions[decision.event_id] = decision
        promise = self._open[decision.event_id] = Promise()
        return promise

    def _next_sequence_id(self) -> int:
        number = self._next_id
        self._next_id += 1
        return number
