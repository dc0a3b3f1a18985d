"""The messages that this process is working on, and the renewal of their invisibility.

If the process dies, storage makes them visible again after the visibility timeout. A message that
is received again while it is in flight only updates the pop receipt.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from emulator.engine.storage.queue import HubQueue, QueueMessage

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _InFlight:
    queue: HubQueue
    message: QueueMessage
    renewed_at: float  # loop time


class InFlightMessages:
    """All in-flight messages of one worker, by message id."""

    def __init__(self, visibility_seconds: int) -> None:
        self._renew_after = visibility_seconds / 2
        self._messages: dict[str, _InFlight] = {}
        self._removed = asyncio.Event()
        self._last_at = _now()

    def idle_seconds(self) -> float:
        """Return for how long no message has been in flight."""
        return 0.0 if self._messages else _now() - self._last_at

    async def wait_below(self, limit: int) -> int:
        """Wait until fewer than `limit` messages are in flight and return the free capacity."""
        while len(self._messages) >= limit:
            self._removed.clear()
            await self._removed.wait()
        return limit - len(self._messages)

    def add(self, queue: HubQueue, message: QueueMessage) -> bool:
        """Add a message, or update its receipt and return False if it is in flight already."""
        known = self._messages.get(message.id)
        if known:
            known.message.pop_receipt, known.renewed_at = message.pop_receipt, _now()
            return False
        self._messages[message.id] = _InFlight(queue, message, _now())
        return True

    def remove(self, messages: Iterable[QueueMessage]) -> None:
        """Remove messages whose processing has ended."""
        for message in messages:
            self._messages.pop(message.id, None)
        self._last_at = _now()
        self._removed.set()

    async def renew_forever(self) -> None:
        """Renew every message that was last renewed half a visibility timeout ago."""
        while True:
            await asyncio.sleep(self._renew_after / 2)
            for entry in list(self._messages.values()):
                if (
                    entry.message.id in self._messages
                    and _now() - entry.renewed_at >= self._renew_after
                ):
                    await self._renew(entry)

    async def _renew(self, entry: _InFlight) -> None:
        try:
            await entry.queue.renew(entry.message)
            entry.renewed_at = _now()
        except Exception as error:  # noqa: BLE001 - retried; at worst the message is redelivered
            _LOG.warning("could not renew a message of %s: %s", entry.queue.name, error)


def _now() -> float:
    return asyncio.get_running_loop().time()
