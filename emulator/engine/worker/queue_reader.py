"""The loop that reads one queue: take, hand over, and look again when there is news.

An error of storage is logged and tried again; nothing that was taken is lost by it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from emulator.engine.messages.in_flight import Holds
from emulator.engine.messages.message_queues import Delivery, Post
from emulator.engine.storage.queue import BATCH, HubQueue, QueuedText

_LOG = logging.getLogger(__name__)
_AFTER_ERROR_SECONDS = 2.0


class Reader:
    """Reads one queue for as long as `run` is not cancelled."""

    def __init__(
        self,
        queue: HubQueue,
        post: Post,
        holds: Holds,
        deliver: Callable[[Delivery], None],
        room: Callable[[], Awaitable[int]],
    ) -> None:
        """`room` waits until there is some and says how much; `deliver` takes one message."""
        self.queue = queue
        self._post = post
        self._holds = holds
        self._deliver = deliver
        self._room = room

    async def run(self, idle_seconds: float) -> None:
        """Read for ever; poll at least every `idle_seconds`. Cancelled in the middle of a take, it
        first hands over what it took: storage would hide that from the next reader."""
        while True:
            try:
                at_most = min(await self._room(), BATCH)
                take = asyncio.create_task(self._take(at_most))
                try:
                    taken = await asyncio.shield(take)
                except asyncio.CancelledError:
                    await take
                    raise
                if taken < at_most:
                    await self.queue.news(idle_seconds)
            except Exception as error:  # noqa: BLE001 - a reader never dies of storage
                _LOG.warning("reading %s failed, trying again: %s", self.queue.name, error)
                await asyncio.sleep(_AFTER_ERROR_SECONDS)

    async def _take(self, at_most: int) -> int:
        taken = await self.queue.receive(at_most)
        await asyncio.gather(*(self._accept(t) for t in taken))
        return len(taken)

    async def _accept(self, taken: QueuedText) -> None:
        if not self._holds.take(self.queue, taken):
            return
        try:
            delivery = await self._post.open(self.queue, taken)
        except Exception:  # noqa: BLE001 - told, and done again
            self._holds.release([taken])
            _LOG.exception("a message in %s cannot be read and stays there", self.queue.name)
            return
        self._deliver(delivery)
