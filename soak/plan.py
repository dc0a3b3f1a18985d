"""What a run is to do: cycles of starts, patches and returns to an old line. Pure.

All of it follows from the seed. How it is brought about, and when, is the load's business.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

_APART = 0.06  # seconds between starts, on the average
_HOLD = (0.2, 6.0)  # seconds for which an instance that waits is left to wait
_WAITS = 0.35
_OWN_ID = 0.5  # of those that wait
_AGAIN = 0.5  # of those with an id of the caller's
_LARGE = 0.08
_OLD = 0.25  # of the first half of a cycle's starts
_RECENT = 4  # the lines that these are for, so that not ever more of them are up at once
_RETURNS = 3  # starts for a line that is retired, in each cycle but the first
_BROKEN_EVERY = 4  # cycles, the first one included
_FILLER = 60_000  # characters; the engine keeps it apart from its tables
CYCLE = _RETURNS + 1  # the fewest starts of a cycle


@dataclass(frozen=True, slots=True)
class Start:
    """One start. `version` as it is asked for; `pause`, `hold`: seconds until the next, and until
    its event. `also`: the versions under which the same id is asked for at the same time."""

    nth: int
    version: str
    waits: bool
    large: bool
    pause: float
    hold: float
    own_id: str | None = None
    also: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line that it asks for."""
        return ".".join(self.version.split(".")[:2])

    @property
    def function(self) -> str:
        """The orchestrator; one that waits ends only when it is told to."""
        return "waits" if self.waits else "quick"

    @property
    def value(self) -> dict[str, Any]:
        """Its input, unlike any other's, which is to be its output."""
        return {"nth": self.nth, "filler": f"{self.nth} " * (_FILLER // 5) if self.large else ""}


@dataclass(frozen=True, slots=True)
class Patch:
    """A release that is registered before the start with this index. A broken one never runs."""

    before: int
    release: str
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Cycle:
    """A new line with its starts and patches; then `returns`, starts for a line that has retired
    meanwhile."""

    release: str
    starts: tuple[Start, ...]
    patches: tuple[Patch, ...]
    old: str | None = None  # the line to which it returns
    returns: tuple[Start, ...] = ()


def plan(seed: int, starts: int, cycles: int) -> tuple[Cycle, ...]:
    """The cycles of a run, `starts` in all of them together. ValueError if these are too few."""
    if cycles < 1 or starts < CYCLE * cycles:
        raise ValueError(f"at least one cycle, and {CYCLE} starts in each of them")
    chance, numbers = Random(seed), iter(range(1, starts + 1))
    sizes = [starts // cycles + (number < starts % cycles) for number in range(cycles)]
    return tuple(_cycle(chance, number, size, numbers) for number, size in enumerate(sizes))


def planned(cycles: tuple[Cycle, ...]) -> Iterator[Start]:
    """Every start of a run."""
    for cycle in cycles:
        yield from cycle.starts
        yield from cycle.returns


def _cycle(chance: Random, number: int, size: int, numbers: Iterator[int]) -> Cycle:
    returns = _RETURNS if number else 0
    here, size = f"1.{number}", size - returns
    oldest = max(0, number - _RECENT)
    old = [f"1.{chance.randrange(oldest, number)}" if number else here for _ in range(size)]
    lines = [old[nth] if nth < size / 2 and chance.random() < _OLD else here for nth in range(size)]
    return Cycle(
        release=f"{here}.0",
        starts=tuple(_start(chance, next(numbers), line, old[0]) for line in lines),
        patches=_patches(chance, number, size),
        old=f"1.{number - 1}" if number else None,
        returns=tuple(
            _start(chance, next(numbers), f"1.{number - 1}", here) for _ in range(returns)
        ),
    )


def _start(chance: Random, nth: int, line: str, other: str) -> Start:
    waits = chance.random() < _WAITS
    has_own = waits and chance.random() < _OWN_ID
    is_asked_again = has_own and chance.random() < _AGAIN
    return Start(
        nth,
        line + chance.choice(("", ".0")),
        waits,
        large=chance.random() < _LARGE,
        pause=chance.expovariate(1 / _APART),
        hold=chance.uniform(*_HOLD),
        own_id=f"own-{nth}" if has_own else None,
        also=(chance.choice((line, other)),) if is_asked_again else (),
    )


def _patches(chance: Random, number: int, size: int) -> tuple[Patch, ...]:
    """Good ones; now and then broken ones too, among them or as the last."""
    broken = [False, False, *([True, True] if number % _BROKEN_EVERY == 0 else [])]
    chance.shuffle(broken)
    return tuple(
        Patch(size * (nth + 1) // (len(broken) + 1), f"1.{number}.{nth + 1}", is_broken)
        for nth, is_broken in enumerate(broken)
    )
