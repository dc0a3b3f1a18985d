"""The listener of a queue: it polls, runs a batch at once, and moves what fails too often away."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from emulator.host.bindings.accounts import send
from emulator.host.bindings.queue_options import QueueOptions
from emulator.host.errors import FunctionFailed
from emulator.host.functions.values.trigger_value import Fire, Kind, TriggerValue
from emulator.host.triggers.activity import Activity

SHORTEST_SECONDS = 0.1
LONGEST_SECONDS = 2.0  # Azure waits up to maxPollingInterval, a minute by default

log = logging.getLogger("Host.Triggers")


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue and the one for messages that fail too often.

    A message is invisible for `hidden_seconds` at a time while it is handled.
    """

    queue: QueueClient
    poison: QueueClient
    binary: bool = False
    hidden_seconds: int = 600


class QueueListener:
    """Handles the messages of one queue."""

    def __init__(
        self, source: QueueSource, options: QueueOptions, handle: Fire, activity: Activity
    ) -> None:
        self._queue = source.queue
        self._poison = source.poison
        self._binary = source.binary
        self._hidden = source.hidden_seconds
        self._options = options
        self._handle = handle
        self._activity = activity
        self._running: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._wakeup = asyncio.Event()

    async def run(self) -> None:
        """Poll until cancelled, more seldom while the queue is empty."""
        pause = SHORTEST_SECONDS
        longest = min(LONGEST_SECONDS, self._options.max_polling_seconds)
        while True:
            found = await self._received()
            for message in found:
                task = asyncio.create_task(self._process(message))
                self._running.add(task)
                task.add_done_callback(self._forget)
            pause = SHORTEST_SECONDS if found else min(longest, 2 * pause)
            if not found:
                await self._wait(pause)
            while len(self._running) > self._options.new_batch_threshold:
                self._ended.clear()
                await self._ended.wait()

    def wake(self) -> None:
        """Poll now, for a message that this host has sent."""
        self._activity.touch()
        self._wakeup.set()

    async def finish(self) -> None:
        """Wait for the messages that are handled."""
        if self._running:
            await asyncio.wait(self._running)

    async def _wait(self, seconds: float) -> None:
        self._wakeup.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wakeup.wait(), seconds)

    async def _received(self) -> list[QueueMessage]:
        try:
            pages = self._queue.receive_messages(
                max_messages=self._options.batch_size, visibility_timeout=self._hidden
            )
            return [message async for message in pages]
        except ResourceNotFoundError:  # the app or another one creates it
            return []
        except AzureError as error:
            log.warning("the queue %s cannot be read: %s", self._queue.queue_name, error)
            await asyncio.sleep(LONGEST_SECONDS)
            return []

    async def _process(self, message: QueueMessage) -> None:
        with self._activity.busy():
            renewal = asyncio.create_task(self._renew(message))
            try:
                await self._handle(
                    queue_value(message, self._content(message), binary=self._binary)
                )
            except FunctionFailed as error:
                log.exception("a message's function failed", exc_info=error.__cause__)
                await self._stop(renewal)
                await self._failed(message)
            except ValueError as error:
                log.warning("the message %s cannot be decoded: %s", message.id, error)
                await self._stop(renewal)
                await self._give_up(message)
            else:
                await self._stop(renewal)
                await self._delete(message)
            finally:
                renewal.cancel()

    def _content(self, message: QueueMessage) -> bytes:
        return self._options.read(message.content)

    async def _failed(self, message: QueueMessage) -> None:
        if (message.dequeue_count or 0) >= self._options.max_dequeue_count:
            await self._give_up(message)
            return
        seconds = int(self._options.visibility_seconds)
        with contextlib.suppress(ResourceNotFoundError):
            await self._queue.update_message(message, visibility_timeout=seconds)

    async def _give_up(self, message: QueueMessage) -> None:
        name = self._poison.queue_name
        log.error("the message %s is moved to the queue %s", message.id, name)
        await send(self._poison, message.content)
        await self._delete(message)

    async def _delete(self, message: QueueMessage) -> None:
        with contextlib.suppress(ResourceNotFoundError):
            await self._queue.delete_message(message)

    async def _renew(self, message: QueueMessage) -> None:
        while True:
            await asyncio.sleep(self._hidden / 2)
            with contextlib.suppress(AzureError):
                renewed = await self._queue.update_message(message, visibility_timeout=self._hidden)
                message.pop_receipt = renewed.pop_receipt

    async def _stop(self, renewal: asyncio.Task[None]) -> None:
        renewal.cancel()
        await asyncio.wait([renewal])

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._ended.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a message could not be settled", exc_info=error)


def queue_value(message: QueueMessage, content: bytes, binary: bool) -> TriggerValue:
    """Return what a queue passes to its function."""
    text = content.decode("utf-8", "replace")
    times = {
        "ExpirationTime": message.expires_on,
        "InsertionTime": message.inserted_on,
        "NextVisibleTime": message.next_visible_on,
    }
    metadata: dict[str, tuple[Kind, str]] = {
        "Id": ("string", message.id),
        "PopReceipt": ("string", message.pop_receipt or ""),
        "QueueTrigger": ("string", text),
        "DequeueCount": ("json", str(message.dequeue_count)),
        **{name: ("json", json.dumps(at.isoformat())) for name, at in times.items() if at},
    }
    data = {**_members(text), "QueueTrigger": text, "Id": message.id}
    return TriggerValue(content, "bytes" if binary else "string", metadata, data)


def _members(text: str) -> Mapping[str, str]:
    """Return the members of a message in JSON, which binding expressions may name."""
    try:
        document: Any = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    return {name: str(value) for name, value in document.items() if not isinstance(value, dict)}
