"""How the story is told: plain lines, each claim with a mark, times, and a table at the end.

Owns what the reader sees and what happens when a claim does not hold. Knows no HTTP and no Azure.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

_WIDTH = 78
_LONGEST = 100
_RULE = "─" * _WIDTH
_LOOK_SECONDS = 0.1
Seen = TypeVar("Seen")


class DoesNotHold(Exception):
    """A claim of the story that is not so; the text says which, and what was seen instead."""


@dataclass(slots=True)
class Teller:
    """Prints the story and keeps its times."""

    patience_seconds: float = 60.0  # for what is waited for
    chapters: list[tuple[str, float]] = field(default_factory=list)  # title, seconds
    _began: float = field(default_factory=time.monotonic)
    _said: str = ""

    def title(self, text: str) -> None:
        """The very first line."""
        print(f"{text}\n{_RULE}\n")

    def begin(self, text: str) -> None:
        """Something begins; its clock starts."""
        self._began, self._said = time.monotonic(), ""
        print(text, flush=True)

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        """A numbered step; whatever goes wrong in it is told with its number and title."""
        number = len(self.chapters) + 1
        self.begin(f"\n{number}  {title}")
        try:
            yield
        except Exception as error:
            raise DoesNotHold(f"Step {number}, “{title}”: {str(error) or repr(error)}") from error
        self.chapters.append((title, self.elapsed()))

    def elapsed(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        """What is done or seen, with the time since the step began; not twice in a row."""
        if text and text != self._said:
            shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
            print(f"   {self.elapsed():5.1f} s  {shown}", flush=True)
            self._said = text

    def check(self, claim: str, seen: object, expected: object) -> None:
        """A claim: told when it holds, raises DoesNotHold when it does not."""
        if seen != expected:
            raise DoesNotHold(f"{claim}: expected {expected!r}, saw {seen!r}")
        self.mark(claim)

    def mark(self, claim: str) -> None:
        """A claim that what went before has shown."""
        print(f"        ✓  {claim}", flush=True)

    async def until(
        self,
        what: str,
        look: Callable[[], Awaitable[Seen]],
        done: Callable[[Seen], bool],
        words: Callable[[Seen], str],
    ) -> Seen:
        """Look until it is done, telling every change; raises DoesNotHold when patience ends."""
        patience = time.monotonic() + self.patience_seconds
        while not done(seen := await look()):
            self.say(words(seen))
            if time.monotonic() > patience:
                raise DoesNotHold(f"{what}: not within {self.patience_seconds:.0f} s, saw {seen!r}")
            await asyncio.sleep(_LOOK_SECONDS)
        self.say(words(seen))
        return seen

    def table(self, figures: list[tuple[str, str]]) -> None:
        """The end of a story that held."""
        rows = [
            *((f"{at}  {title}", f"{s:.1f} s") for at, (title, s) in enumerate(self.chapters, 1)),
            ("", ""),
            *figures,
        ]
        print(f"\n{_RULE}")
        for left, right in rows:
            print(f"{left:<{_WIDTH - 12}}{right:>12}")
        print(_RULE, flush=True)
