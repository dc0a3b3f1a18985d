"""An engine in memory, for tests of the extension without storage, redelivery and concurrency.

Time is simulated: a timer fires when there is nothing else to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from emulator.durable.app.function_catalog import FunctionCatalog
from emulator.durable.app.version_policy import VersionPolicy
from emulator.durable.executor import FunctionExecutor
from emulator.engine.model import event as events
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import (
    ActivityCall,
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
from emulator.host.functions.worker import Worker

ENDED = ("Completed", "Failed", "Terminated")


@dataclass
class Instance:
    """One instance: its history, its new events and its status."""

    name: str
    execution_id: str
    parent: tuple[str, int] | None = None
    past: list[Event] = field(default_factory=list)
    inbox: list[Event] = field(default_factory=list)
    timers: list[CreateTimer] = field(default_factory=list)
    status: str = "Running"
    output: str | None = None
    custom_status: str | None = None
    rejected: int = 0


class InMemoryEngine:
    """Runs the durable functions of one app until nothing is left to do."""

    def __init__(self, worker: Worker, versions: VersionPolicy | None = None) -> None:
        policy = versions or VersionPolicy()
        catalog = FunctionCatalog.of(worker.functions.values())
        self.executor = FunctionExecutor(worker, policy, catalog)
        self.instances: dict[str, Instance] = {}
        self.calls: list[str] = []
        self._tasks: list[tuple[str, ScheduleTask]] = []
        self._clock = datetime(2026, 1, 1, tzinfo=UTC)

    def start(
        self,
        name: str,
        instance_id: str,
        value: str | None = None,
        version: str | None = None,
        parent: tuple[str, int] | None = None,
    ) -> None:
        """Start an instance with JSON text as its input."""
        execution_id = f"{len(self.instances):032x}"
        instance = Instance(name, execution_id, parent)
        self.instances[instance_id] = instance
        parent_instance = None
        if parent:
            parent_instance = {
                "OrchestrationInstance": {
                    "InstanceId": parent[0],
                    "ExecutionId": self.instances[parent[0]].execution_id,
                },
                "TaskScheduleId": parent[1],
            }
        instance.inbox.append(
            events.execution_started(
                instance_id=instance_id,
                execution_id=execution_id,
                name=name,
                version=version,
                input_=value,
                parent=parent_instance,
            )
        )

    def raise_event(self, instance_id: str, name: str, value: str | None) -> None:
        """Send an external event. The first one to an entity starts it."""
        if instance_id not in self.instances:
            self.start(instance_id, instance_id, version="")
        self.instances[instance_id].inbox.append(events.event_raised(name, value))

    def send(self, instance_id: str, kind: EventType, **fields: Any) -> None:
        """Send any other event."""
        self.instances[instance_id].inbox.append(events.make(kind, **fields))

    async def settle(self, *, timers: bool = True) -> None:
        """Run until nothing is left to do or, without `timers`, only timers could fire."""
        for _ in range(1000):
            if await self._run_episodes() or await self._run_activities():
                continue
            if not (timers and self._fire_next_timer()):
                return
        raise AssertionError("the orchestrations do not settle")

    async def finish(self, name: str, instance_id: str = "i", value: str | None = None) -> Instance:
        """Start an instance, run it and return it."""
        self.start(name, instance_id, value)
        await self.settle()
        return self.instances[instance_id]

    async def _run_episodes(self) -> bool:
        progressed = False
        for instance_id, instance in list(self.instances.items()):
            if instance.inbox and instance.status not in ENDED:
                progressed = True
                await self._run_episode(instance_id, instance)
        return progressed

    async def _run_episode(self, instance_id: str, instance: Instance) -> None:
        new = [self._timestamped(events.make(EventType.OrchestratorStarted)), *instance.inbox]
        instance.inbox = []
        episode = Episode(instance_id, instance.execution_id, tuple(instance.past), tuple(new))
        outcome = await self.executor.run_episode(episode)
        if outcome.rejected:
            instance.rejected += 1
            return
        instance.past += new
        self._apply(instance_id, instance, outcome)

    def _apply(self, instance_id: str, instance: Instance, outcome: EpisodeOutcome) -> None:
        instance.custom_status = outcome.custom_status
        for decision in outcome.decisions:
            self._apply_decision(instance_id, instance, decision)
        if not isinstance(outcome.decisions[-1] if outcome.decisions else None, Complete):
            instance.past.append(self._timestamped(events.make(EventType.OrchestratorCompleted)))

    def _apply_decision(self, instance_id: str, instance: Instance, decision: Decision) -> None:
        if isinstance(decision, ScheduleTask):
            instance.past.append(events.task_scheduled(decision))
            self._tasks.append((instance_id, decision))
        elif isinstance(decision, CreateTimer):
            instance.past.append(events.timer_created(decision))
            instance.timers.append(decision)
        elif isinstance(decision, StartChild):
            instance.past.append(events.child_created(decision))
            parent = (instance_id, decision.event_id)
            self.start(
                decision.name, decision.instance_id, decision.input, decision.version, parent
            )
        elif isinstance(decision, SendEvent):
            instance.past.append(events.event_sent(decision))
            self.raise_event(decision.instance_id, decision.name, decision.input)
        else:
            self._complete(instance_id, instance, decision)

    def _complete(self, instance_id: str, instance: Instance, end: Complete) -> None:
        if end.status == "ContinuedAsNew":
            successor = Instance(instance.name, instance.execution_id + "+", instance.parent)
            successor.custom_status = instance.custom_status
            self.instances[instance_id] = successor
            started = next(e for e in instance.past if e["EventType"] == EventType.ExecutionStarted)
            successor.inbox = [{**started, "Input": end.result}, *end.carryover]
            return
        instance.past.append(events.execution_completed(end))
        instance.status, instance.output = end.status, end.result
        if instance.output is None and end.failure:
            instance.output = "{ErrorType}: {ErrorMessage}".format(**end.failure)
        if instance.parent:
            parent_id, number = instance.parent
            self.instances[parent_id].inbox.append(events.child_ended(number, end))

    async def _run_activities(self) -> bool:
        tasks, self._tasks = self._tasks, []
        for instance_id, task in tasks:
            self.calls.append(task.name)
            call = ActivityCall(instance_id, "", task.event_id, task.name, task.version, task.input)
            outcome = await self.executor.run_activity(call)
            if outcome.no_response:
                continue
            kind, fields = EventType.TaskCompleted, {"Result": outcome.result}
            if outcome.reason is not None:
                kind = EventType.TaskFailed
                fields = {"Reason": outcome.reason, "Details": outcome.details}
            self.send(instance_id, kind, TaskScheduledId=task.event_id, **fields)
        return bool(tasks)

    def _fire_next_timer(self) -> bool:
        """Advance the clock to the next timer of a running instance."""
        due = [
            (timer.fire_at, instance_id, timer)
            for instance_id, instance in self.instances.items()
            for timer in instance.timers
            if instance.status not in ENDED
        ]
        if not due:
            return False
        fire_at, instance_id, timer = min(due, key=lambda each: each[0])
        self._clock = max(self._clock, fire_at)
        instance = self.instances[instance_id]
        instance.timers.remove(timer)
        instance.inbox.append(events.timer_fired(timer))
        return True

    def _timestamped(self, event: dict[str, Any]) -> Mapping[str, Any]:
        self._clock += timedelta(milliseconds=1)
        return {**event, "Timestamp": self._clock.isoformat().replace("+00:00", "0Z")}
