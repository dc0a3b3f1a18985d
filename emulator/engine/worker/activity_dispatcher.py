"""The activities of a hub: taken from the work-item queue, run, answered to their orchestration.

At least once: the answer is sent before the work item is deleted. Which code runs is the
executor's business.
"""

import asyncio
import logging

from emulator.engine.messages.in_flight import Holds
from emulator.engine.messages.message_data import Message
from emulator.engine.messages.message_queues import Delivery, Post
from emulator.engine.model import event
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import ActivityCall, ActivityOutcome, Event, Executor

_LOG = logging.getLogger(__name__)


class Activities:
    """Runs work items, each in a task of its own."""

    def __init__(self, post: Post, holds: Holds, executor: Executor, most: int) -> None:
        self._post = post
        self._holds = holds
        self._executor = executor
        self._most = most
        self._running: set[asyncio.Task[None]] = set()
        self._one_ended = asyncio.Event()

    async def room(self) -> int:
        """Wait until one more may run; returns how many more may."""
        while len(self._running) >= self._most:
            self._one_ended.clear()
            await self._one_ended.wait()
        return self._most - len(self._running)

    def deliver(self, delivery: Delivery) -> None:
        """Take over a work item that is held; its hold is released when it is done with."""
        task = asyncio.create_task(self._run(delivery))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def stop(self, grace_seconds: float) -> None:
        """Wait for what runs, then cut it off: its work items are put back at once."""
        if self._running:
            await asyncio.wait(self._running, timeout=grace_seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, delivery: Delivery) -> None:
        try:
            outcome = await self._executor.run_activity(_call(delivery.message))
            if not outcome.lost:
                await self._post.send(_answer(delivery.message, outcome))
            await delivery.done()
        except asyncio.CancelledError:
            await delivery.queue.hide(delivery.taken, 0)
            raise
        except Exception:  # noqa: BLE001 - told, and done again
            _LOG.exception("the work item %s failed and is done again", delivery.taken.id)
            await delivery.put_back()
        finally:
            self._holds.release([delivery.taken])

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._one_ended.set()


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
