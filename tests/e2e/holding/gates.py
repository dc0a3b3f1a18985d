"""The gated router's app directory, and its gates: a file for each one that is closed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.waiting import until
from tests.e2e.hosted_router import make_app

BEFORE_FENCE = "before-fence"  # the hub is read, the line's row is not changed yet
AFTER_FENCE = "after-fence"  # the row says retiring, nothing is deleted yet
BEFORE_MARK = "before-mark"  # a start for a draining line is not marked on the line yet
BEFORE_FORWARD = "before-forward"  # a start is about to be sent to the line's app


class Gates:
    """Gates of lines in an app directory, which is made here."""

    def __init__(self, app: Path) -> None:
        self._gates = app / "gates"
        self._gates.mkdir(parents=True)
        make_app(app, Path(__file__).with_name("gated_app.py"))

    @contextmanager
    def closed(self, line: str, name: str) -> Iterator[None]:
        """Let nothing pass during the block."""
        self._gate(line, name).touch()
        try:
            yield
        finally:
            self.open(line, name)

    def open(self, line: str, name: str) -> None:
        """Let pass what waits. It is no error if the gate is open."""
        self._gate(line, name).unlink(missing_ok=True)

    async def reached(self, line: str, name: str) -> None:
        """Return once something waits at the gate, which must be closed."""

        async def content() -> str:
            return self._gate(line, name).read_text(encoding="utf-8")

        await until(content, bool)

    def _gate(self, line: str, name: str) -> Path:
        return self._gates / f"{line}-{name}"
