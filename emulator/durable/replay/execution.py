"""One replay of one execution: hands out sequence ids, collects decisions, settles what is open.

Does what DurableTask.Core's orchestration context does, so that ids, ends and complaints come out
the same. Knows nothing of the SDK's actions.
"""

from datetime import datetime
from typing import Any

from emulator.durable.replay.external_events import Inbox
from emulator.durable.replay.nondeterminism import check
from emulator.durable.replay.promise import Promise, kept
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
    """The state of a replay, as far as it has come."""

    def __init__(self, instance_id: str, execution_id: str) -> None:
        self.instance_id = instance_id
        self.execution_id = execution_id
        self.inbox = Inbox()
        self.now = ""  # of the episode that is being replayed
        self.continued_with: tuple[str | None] | None = None
        self.carryover: list[Event] = []
        self._next_id = 0
        self._decisions: dict[int, Decision] = {}
        self._held: dict[int, Decision] = {}  # decided before a suspension, not yet recorded
        self._open: dict[int, Promise] = {}
        self._ended = False

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What the history does not record yet, in the order of the sequence ids."""
        return tuple(self._decisions[number] for number in sorted(self._decisions))

    @property
    def idle(self) -> bool:
        """Nothing is open: no activity, no timer, no child."""
        return not self._open

    @property
    def time(self) -> datetime:
        """`now`, to calculate with."""
        return timestamps.parse(self.now)

    def task(self, name: str, value: str | None) -> Promise:
        """Schedule an activity; `value` is the JSON text of its argument list."""
        number = self._take_id()
        return self._begin(ScheduleTask(number, name, "", value))

    def timer(self, fire_at: datetime, *, cancelled: bool = False) -> Promise:
        """Create a timer. A cancelled one is created all the same, and over at once."""
        number = self._take_id()
        promise = self._begin(CreateTimer(number, fire_at))
        if cancelled:
            del self._open[number]
            promise.settle(failed=True)
        return promise

    def child(
        self, name: str, version: str | None, instance_id: str | None, value: str | None
    ) -> Promise:
        """Start a sub-orchestration; without an id it gets one made of ours."""
        number = self._take_id()
        own_id = (instance_id or "").strip() and instance_id
        made_id = own_id or f"{self.execution_id}:{number}"
        return self._begin(StartChild(number, name, version, made_id, value))

    def send(self, instance_id: str, name: str, value: str | None) -> None:
        """Send an event to another instance; nothing is open by it."""
        number = self._take_id()
        self._decisions[number] = SendEvent(number, instance_id, name, value)

    def continue_as_new(self, value: str | None) -> None:
        """Begin anew once nothing is open; events from here on are carried over."""
        self.continued_with = (value,)

    def confirm(self, event: Event) -> None:
        """The history records a decision. Raises DivergedError if we did not make it."""
        number = event["EventId"]
        check(event, self._decisions.get(number))
        del self._decisions[number]

    def settle(self, number: int, *, failed: bool = False) -> None:
        """What was open under a sequence id has ended; a second end is ignored."""
        promise = self._open.pop(number, None) or kept()
        promise.settle(failed=failed)

    def hold(self) -> None:
        """Suspended: what is decided but not recorded must wait."""
        self._held.update(self._decisions)
        self._decisions.clear()

    def release(self) -> None:
        """Resumed."""
        self._decisions.update(self._held)
        self._held.clear()

    def complete(self, status: str, result: str | None, details: str | None = None) -> None:
        """End the execution, unless it has ended. Completed after a continue is a new beginning."""
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
        number = self._take_id()
        self._decisions[number] = Complete(number, **end)

    def _begin(self, decision: ScheduleTask | CreateTimer | StartChild) -> Promise:
        self._decisions[decision.event_id] = decision
        promise = self._open[decision.event_id] = Promise()
        return promise

    def _take_id(self) -> int:
        number = self._next_id
        self._next_id += 1
        return number
