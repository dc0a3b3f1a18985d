"""The loop that reads one queue and delivers its messages."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from emulator.engine.messages.in_flight import InFlightMessages
from emulator.engine.messages.message_queues import Delivery, MessageQueues
from emulator.engine.storage.queue import BATCH, HubQueue, QueueMessage

_LOG = logging.getLogger(__name__)
_RETRY_SECONDS = 2.0


class QueueReader:
    """Reads one queue until `run` is cancelled."""

    def __init__(
        self,
        queue: HubQueue,
        queues: MessageQueues,
        in_flight: InFlightMessages,
        deliver: Callable[[Delivery], None],
        capacity: Callable[[], Awaitable[int]],
    ) -> None:
        """`capacity` waits until messages can be processed and returns how many."""
        self.queue = queue
        self._queues = queues
        self._in_flight = in_flight
        self._deliver = deliver
        self._capacity = capacity

    async def run(self, idle_seconds: float) -> None:
        """Read forever, polling at least every `idle_seconds`; storage errors are retried.

        If cancelled while receiving, it first delivers what it received: storage would hide those
        messages from the next reader.
        """
        while True:
            try:
                at_most = min(await self._capacity(), BATCH)
                receiving = asyncio.create_task(self._receive(at_most))
                try:
                    count = await asyncio.shield(receiving)
                except asyncio.CancelledError:
                    await receiving
                    raise
                if count < at_most:
                    await self.queue.wait_for_wakeup(idle_seconds)
            except Exception as error:  # noqa: BLE001 - the reader must survive storage failures
                _LOG.warning("could not read %s, retrying: %s", self.queue.name, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _receive(self, at_most: int) -> int:
        messages = await self.queue.receive(at_most)
        await asyncio.gather(*(self._accept(message) for message in messages))
        return len(messages)

    async def _accept(self, message: QueueMessage) -> None:
        if not self._in_flight.add(self.queue, message):
            return
        try:
            delivery = await self._queues.read(self.queue, message)
        except Exception:  # noqa: BLE001 - logged, and retried after the visibility timeout
            self._in_flight.remove([message])
            _LOG.exception("could not parse a message in %s; it stays there", self.queue.name)
            return
        self._deliver(delivery)
