"""The messages that this process works on, and the heartbeat that keeps them out of sight.

A hold ends when its work ends; if the process dies, storage shows the message again after the
visibility time. A message that shows up although it is held only gets a new receipt.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from emulator.engine.storage.queue import HubQueue, QueuedText

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Hold:
    queue: HubQueue
    taken: QueuedText
    since: float  # loop time of the last renewal


class Holds:
    """All holds of one worker, by message id."""

    def __init__(self, visibility_seconds: int) -> None:
        self._half_time = visibility_seconds / 2
        self._held: dict[str, _Hold] = {}
        self._released = asyncio.Event()

    async def below(self, most: int) -> int:
        """Wait until there are fewer than `most`; returns how many more that leaves."""
        while len(self._held) >= most:
            self._released.clear()
            await self._released.wait()
        return most - len(self._held)

    def take(self, queue: HubQueue, taken: QueuedText) -> bool:
        """Begin to hold; False if it is held already (then its receipt is brought up to date)."""
        known = self._held.get(taken.id)
        if known:
            known.taken.receipt, known.since = taken.receipt, _now()
            return False
        self._held[taken.id] = _Hold(queue, taken, _now())
        return True

    def release(self, texts: Iterable[QueuedText]) -> None:
        """End holds."""
        for taken in texts:
            self._held.pop(taken.id, None)
        self._released.set()

    async def heartbeat(self) -> None:
        """Renew, for ever, what has been held for half the visibility time."""
        while True:
            await asyncio.sleep(self._half_time / 2)
            for hold in list(self._held.values()):
                if hold.taken.id in self._held and _now() - hold.since >= self._half_time:
                    await self._renew(hold)

    async def _renew(self, hold: _Hold) -> None:
        try:
            await hold.queue.renew(hold.taken)
            hold.since = _now()
        except Exception as error:  # noqa: BLE001 - it is tried again; at worst it shows up again
            _LOG.warning("a hold on a message of %s was not renewed: %s", hold.queue.name, error)


def _now() -> float:
    return asyncio.get_running_loop().time()
