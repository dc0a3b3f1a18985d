"""The limit of a worker's crashes, beyond which its host ends, too."""

WINDOW_SECONDS = 30 * 60.0
LIMIT = 3


class Crashes:
    """The recent crashes of one app's worker processes."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def too_many(self, now: float) -> bool:
        """Count a crash and return whether it is one too many."""
        self._times = [time for time in self._times if now - time < WINDOW_SECONDS]
        self._times.append(now)
        return len(self._times) >= LIMIT
