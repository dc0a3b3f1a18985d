"""Measure how busy the listeners of a host are."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Activity:
    """Counts the calls under way, and knows when the last one ended."""

    def __init__(self) -> None:
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

    def idle_seconds(self) -> float:
        """Return for how long no call has been under way."""
        return 0 if self._running else time.monotonic() - self._ended
