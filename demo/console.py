"""The output of the demo: steps, checks with a mark, times, and a table at the end."""

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from harness.waiting import NoProgressError, Patience, until

_WIDTH = 78
_LONGEST = 100
_RULE = "─" * _WIDTH
Seen = TypeVar("Seen")


class CheckFailedError(Exception):
    """A check of the demo failed. The text says which, and what was seen instead."""


@dataclass(slots=True)
class Console:
    """Prints the demo and keeps the times of its steps."""

    new_patience: Callable[[], Patience] = Patience
    steps: list[tuple[str, float]] = field(default_factory=list)  # title, seconds
    _began: float = field(default_factory=time.monotonic)
    _last: str = ""

    def title(self, text: str) -> None:
        """Print the first line."""
        print(f"{text}\n{_RULE}\n")

    def begin(self, text: str) -> None:
        """Print what begins, and start its clock."""
        self._began, self._last = time.monotonic(), ""
        print(text, flush=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Run a numbered step. Any error in it gets its number and title."""
        number = len(self.steps) + 1
        self.begin(f"\n{number}  {title}")
        try:
            yield
        except Exception as error:
            text = f"Step {number}, “{title}”: {str(error) or repr(error)}"
            raise CheckFailedError(text) from error
        self.steps.append((title, self.elapsed()))

    def elapsed(self) -> float:
        """Return the seconds since the step began."""
        return time.monotonic() - self._began

    def note(self, text: str) -> None:
        """Print what was done or seen and when, but not the same twice in a row."""
        if text and text != self._last:
            shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
            print(f"   {self.elapsed():5.1f} s  {shown}", flush=True)
            self._last = text

    def check(self, claim: str, seen: object, expected: object) -> None:
        """Print a claim that holds. CheckFailedError if it does not."""
        if seen != expected:
            raise CheckFailedError(f"{claim}: expected {expected!r}, saw {seen!r}")
        self.passed(claim)

    def passed(self, claim: str) -> None:
        """Print a claim that has been shown."""
        print(f"        ✓  {claim}", flush=True)

    async def until(
        self,
        what: str,
        check: Callable[[], Awaitable[Seen]],
        good: Callable[[Seen], bool],
        describe: Callable[[Seen], str],
    ) -> Seen:
        """Wait until it is good, and print every change. CheckFailedError without progress."""

        async def observed() -> Seen:
            seen = await check()
            self.note(describe(seen))
            return seen

        try:
            return await until(observed, good, progress=describe, patience=self.new_patience())
        except NoProgressError as error:
            raise CheckFailedError(f"{what}: {error}") from error

    def table(self, figures: list[tuple[str, str]]) -> None:
        """Print the closing table: the steps with their seconds, and these figures."""
        rows = [
            *((f"{at}  {title}", f"{s:.1f} s") for at, (title, s) in enumerate(self.steps, 1)),
            ("", ""),
            *figures,
        ]
        print(f"\n{_RULE}")
        for left, right in rows:
            print(f"{left:<{_WIDTH - 12}}{right:>12}")
        print(_RULE, flush=True)
