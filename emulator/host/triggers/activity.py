"""Measure how busy the listeners of a host are."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

SOON = timedelta(seconds=15)


class Activity:
    """Counts the calls under way, and knows when the last one ended and the next timer is due."""

    def __init__(self) -> None:
        self._due: dict[object, datetime] = {}
        self._running = 0
        self._ended = time.monotonic()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count a call for as long as the context lasts."""
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._ended = time.monotonic()

    def touch(self) -> None:
        """Begin to count again: there is something to do."""
        self._ended = time.monotonic()

    def expect(self, timer: object, due: datetime) -> None:
        """Note when a timer is due next."""
        self._due[timer] = due

    def idle_seconds(self) -> float:
        """Return for how long no call has been under way, 0 if a timer is due soon."""
        soon = datetime.now(UTC) + SOON
        busy = self._running or any(due < soon for due in self._due.values())
        return 0 if busy else time.monotonic() - self._ended
