"""The held router's app directory, and the doors in it: one file each, there while it is shut."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.until import until

_ROOT = Path(__file__).parents[3]
BEFORE_THE_FENCE = "before the fence"  # the hub is read, the line's row is not changed yet
BEHIND_THE_FENCE = "behind the fence"  # the row says retiring, nothing is deleted yet
BEFORE_THE_NOTE = "before the note"  # a start is to go to a draining line, which is not told yet
ON_THE_WAY = "on the way"  # a start is about to be sent to the line's app


class Doors:
    """Doors of lines. Build the app before it is hosted."""

    def __init__(self, app: Path) -> None:
        self._app = app
        self._doors = app / "doors"

    def build(self) -> None:
        self._doors.mkdir(parents=True)
        for name in ("router", "host.json", "local.settings.json.example"):
            (self._app / name).symlink_to(_ROOT / name)
        (self._app / "whole_app.py").symlink_to(_ROOT / "function_app.py")
        held = Path(__file__).with_name("held_app.py").read_text(encoding="utf-8")
        (self._app / "function_app.py").write_text(held, encoding="utf-8")

    @contextmanager
    def shut(self, line: str, name: str) -> Iterator[None]:
        """Nobody passes meanwhile."""
        self._door(line, name).touch()
        try:
            yield
        finally:
            self.open(line, name)

    def open(self, line: str, name: str) -> None:
        """Let pass who waits; opening twice is opening once."""
        self._door(line, name).unlink(missing_ok=True)

    async def reached(self, line: str, name: str) -> None:
        """Return once somebody waits at the door, which is shut."""

        async def said() -> str:
            return self._door(line, name).read_text(encoding="utf-8")

        await until(said, bool)

    def _door(self, line: str, name: str) -> Path:
        return self._doors / f"{line}-{name}"
