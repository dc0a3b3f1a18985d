"""The loop that reads one queue: take, hand over, and look again when there is news.

An error of storage is logged and tried again; nothing that was taken is lost by it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from emulator.engine.holds import Holds
from emulator.engine.post import Delivery, Post
from emulator.engine.queue import BATCH, HubQueue, QueuedText

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
        """Read for ever; poll at least every `idle_seconds`."""
        while True:
            try:
                at_most = min(await self._room(), BATCH)
                if await self._take(at_most) < at_most:
                    await self.queue.news(idle_seconds)
            except Exception as error:  # noqa: BLE001 - a reader never dies of storage
                _LOG.warning("reading %s failed, trying again: %s", self.queue.name, error)
                await asyncio.sleep(_AFTER_ERROR_SECONDS)

    async def _take(self, at_most: int) -> int:
        """Take and hand over, to the end even when cancelled: what storage has hidden from all
        others and nobody works on would be seen again only after the visibility time."""
        taking = asyncio.create_task(self._take_over(at_most))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            await asyncio.gather(taking, return_exceptions=True)
            raise

    async def _take_over(self, at_most: int) -> int:
        taken = await self.queue.receive(at_most)
        await asyncio.gather(*(self._accept(text) for text in taken))
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
