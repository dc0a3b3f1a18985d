"""Dispatches the work items of a hub to activities and answers their orchestrations.

Activities run at least once: the answer is sent before the work item is deleted.
"""

import asyncio
import logging

from emulator.engine.messages.in_flight import InFlightMessages
from emulator.engine.messages.message_data import Message
from emulator.engine.messages.message_queues import Delivery, MessageQueues
from emulator.engine.model import event
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import ActivityCall, ActivityOutcome, Event, Executor
from emulator.engine.orchestrations.hold_up import HoldUp
from emulator.engine.storage.message_text import MessageRefusedError

_LOG = logging.getLogger(__name__)


class ActivityDispatcher:
    """Runs each work item in a task of its own."""

    def __init__(
        self,
        queues: MessageQueues,
        in_flight: InFlightMessages,
        executor: Executor,
        hold_up: HoldUp,
        limit: int,
    ) -> None:
        self._queues = queues
        self._in_flight = in_flight
        self._executor = executor
        self._hold_up = hold_up
        self._limit = limit
        self._running: set[asyncio.Task[None]] = set()
        self._task_ended = asyncio.Event()

    async def wait_for_capacity(self) -> int:
        """Wait until another activity may run and return how many more may."""
        while len(self._running) >= self._limit:
            self._task_ended.clear()
            await self._task_ended.wait()
        return self._limit - len(self._running)

    def deliver(self, delivery: Delivery) -> None:
        """Process an in-flight work item, which is no longer in flight when it is done."""
        task = asyncio.create_task(self._run(delivery))
        self._running.add(task)
        task.add_done_callback(self._on_ended)

    @property
    def are_running(self) -> bool:
        """Return True while there is an activity under way."""
        return bool(self._running)

    async def stop(self, grace_seconds: float) -> bool:
        """Wait for running activities and give up the others. Returns True if all have ended.

        A work item that is given up stays invisible until its visibility timeout.
        """
        if self._running:
            await asyncio.wait(self._running, timeout=grace_seconds)
        given_up = list(self._running)
        for task in given_up:
            task.cancel()
        await asyncio.gather(*given_up, return_exceptions=True)
        return not given_up

    async def _run(self, delivery: Delivery) -> None:
        try:
            await self._hold_up.before_activity()
            outcome = await self._executor.run_activity(_call(delivery.message))
            if not outcome.no_response:
                await self._queues.send(_answer(delivery.message, outcome))
            await delivery.complete()
        except MessageRefusedError:
            _LOG.exception("the result of work item %s is refused", delivery.queue_message.id)
            self._hold_up.slow_activities()
            await delivery.abandon()
        except Exception:  # noqa: BLE001 - logged and retried
            _LOG.exception("work item %s failed and will be retried", delivery.queue_message.id)
            await delivery.abandon()
        finally:
            self._in_flight.remove([delivery.queue_message])

    def _on_ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._task_ended.set()


def _call(message: Message) -> ActivityCall:
    task = message.event
    return ActivityCall(
        instance_id=message.target.instance_id,
        execution_id=message.target.execution_id or "",
        event_id=task["EventId"],
        name=task["Name"],
        version=task["Version"],
        input=task["Input"],
    )


def _answer(message: Message, outcome: ActivityOutcome) -> Message:
    return Message(
        _answer_event(message.event["EventId"], outcome),
        message.target,
        message.target,
        message.episode,
    )


def _answer_event(event_id: int, outcome: ActivityOutcome) -> Event:
    if outcome.reason is None:
        return event.make(EventType.TaskCompleted, TaskScheduledId=event_id, Result=outcome.result)
    return event.make(
        EventType.TaskFailed,
        TaskScheduledId=event_id,
        Reason=outcome.reason,
        Details=outcome.details,
        FailureDetails=outcome.failure,
    )
