"""The messages that this process works on, and the heartbeat that keeps them out of sight.

A hold ends when its work ends; if the process dies, storage shows the message again after the
visibility time. A message that shows up although it is held only gets a new receipt.
"""

import asyncio
from collections.abc import Iterable

from emulator.engine.post import Delivery
from emulator.engine.queue import HubQueue, QueuedText


class Holds:
    """All holds of one hub, by message id."""

    def __init__(self, visibility_seconds: int) -> None:
        self._period = visibility_seconds / 2
        self._held: dict[str, tuple[HubQueue, QueuedText, float]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def take(self, queue: HubQueue, taken: QueuedText) -> bool:
        """Begin to hold; False if it is held already (then its receipt is brought up to date)."""
        known = self._held.get(taken.id)
        if known:
            known[1].receipt = taken.receipt
            return False
        self._held[taken.id] = (queue, taken, self._now())
        return True

    def release(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            self._held.pop(delivery.taken.id, None)

    def drop(self, taken: QueuedText) -> None:
        self._held.pop(taken.id, None)

    async def heartbeat(self) -> None:
        """Renew what is held for half the visibility time, for ever."""
        while True:
            await asyncio.sleep(self._period / 2)
            old = [held for held in self._held.values() if self._now() - held[2] >= self._period]
            for queue, taken, _ in old:
                if taken.id in self._held:
                    await queue.renew(taken)
                    self._held[taken.id] = (queue, taken, self._now())

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
