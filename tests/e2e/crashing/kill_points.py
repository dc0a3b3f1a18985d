"""The crashing router's app directory, and the kill points in it: armed, then hit."""

from collections.abc import Iterable
from pathlib import Path

from tests.e2e.hosted_router import make_app


class KillPoints:
    """Kill points in an app directory, which is made here."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._armed, self._hit = directory / "armed", directory / "hit"
        self._armed.mkdir(parents=True)
        self._hit.touch()
        make_app(directory, Path(__file__).with_name("crashing_app.py"))

    def arm(self, points: Iterable[str]) -> None:
        """Let the router be killed once at each of these."""
        for point in points:
            (self._armed / point).touch()

    def armed(self) -> set[str]:
        """Return the points that the router has not reached yet."""
        return {path.name for path in self._armed.iterdir()}

    def hit(self) -> list[str]:
        """Return the points at which it was killed, in order."""
        return self._hit.read_text().splitlines()
