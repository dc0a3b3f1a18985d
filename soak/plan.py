"""The plan of a run: cycles of starts, patches and returns to an old line. Pure.

All of it follows from the seed. The load carries it out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

_APART = 0.06  # seconds between starts, on average
_HOLD = (0.2, 6.0)  # seconds until a waiting instance gets its event
_WAITS = 0.35
_OWN_ID = 0.5  # of those that wait
_AGAIN = 0.5  # of those with an id chosen by the caller
_LARGE = 0.08
_OLD = 0.25  # of the first half of a cycle's starts
_RECENT = 4  # lines that these are for, so that the number of running lines is bounded
_RETURNS = 3  # starts for a line that is retired, in each cycle but the first
_BROKEN_EVERY = 4  # cycles, the first one included
_FILLER = 60_000  # characters; the engine stores this much outside its tables
MIN_CYCLE = _RETURNS + 1  # starts


@dataclass(frozen=True, slots=True)
class Start:
    """One start.

    `pause` and `hold` are the seconds until the next start and until its event. `also` are the
    versions for which the same id is requested at the same time.
    """

    number: int
    version: str
    waits: bool
    large: bool
    pause: float
    hold: float
    own_id: str | None = None
    also: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line of its version."""
        return ".".join(self.version.split(".")[:2])

    @property
    def function(self) -> str:
        """The orchestrator. `waits` ends only after an event."""
        return "waits" if self.waits else "quick"

    @property
    def value(self) -> dict[str, Any]:
        """Its input, unlike any other's, which must become its output."""
        return {
            "nth": self.number,
            "filler": f"{self.number} " * (_FILLER // 5) if self.large else "",
        }


@dataclass(frozen=True, slots=True)
class Patch:
    """A release that is registered before the start with this index. A broken one never runs."""

    before: int
    release: str
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Cycle:
    """A new line with its starts and patches, and then starts for a line that has been retired."""

    release: str
    starts: tuple[Start, ...]
    patches: tuple[Patch, ...]
    old: str | None = None  # the line that `returns` are for
    returns: tuple[Start, ...] = ()


def plan(seed: int, starts: int, cycles: int) -> tuple[Cycle, ...]:
    """Plan a run with this total of starts. ValueError if they are too few for the cycles."""
    if cycles < 1 or starts < MIN_CYCLE * cycles:
        raise ValueError(f"at least one cycle, and {MIN_CYCLE} starts in each of them")
    random, numbers = Random(seed), iter(range(1, starts + 1))
    sizes = [starts // cycles + (number < starts % cycles) for number in range(cycles)]
    return tuple(_cycle(random, number, size, numbers) for number, size in enumerate(sizes))


def all_starts(cycles: tuple[Cycle, ...]) -> Iterator[Start]:
    """Yield every start of a run."""
    for cycle in cycles:
        yield from cycle.starts
        yield from cycle.returns


def _cycle(random: Random, number: int, size: int, numbers: Iterator[int]) -> Cycle:
    returns = _RETURNS if number else 0
    here, size = f"1.{number}", size - returns
    oldest = max(0, number - _RECENT)
    old = [f"1.{random.randrange(oldest, number)}" if number else here for _ in range(size)]
    lines = [old[nth] if nth < size / 2 and random.random() < _OLD else here for nth in range(size)]
    return Cycle(
        release=f"{here}.0",
        starts=tuple(_start(random, next(numbers), line, old[0]) for line in lines),
        patches=_patches(random, number, size),
        old=f"1.{number - 1}" if number else None,
        returns=tuple(
            _start(random, next(numbers), f"1.{number - 1}", here) for _ in range(returns)
        ),
    )


def _start(random: Random, number: int, line: str, other: str) -> Start:
    waits = random.random() < _WAITS
    has_own = waits and random.random() < _OWN_ID
    is_asked_again = has_own and random.random() < _AGAIN
    return Start(
        number,
        line + random.choice(("", ".0")),
        waits,
        large=random.random() < _LARGE,
        pause=random.expovariate(1 / _APART),
        hold=random.uniform(*_HOLD),
        own_id=f"own-{number}" if has_own else None,
        also=(random.choice((line, other)),) if is_asked_again else (),
    )


def _patches(random: Random, number: int, size: int) -> tuple[Patch, ...]:
    """Plan good patches and, in some cycles, broken ones among them or as the last."""
    broken = [False, False, *([True, True] if number % _BROKEN_EVERY == 0 else [])]
    random.shuffle(broken)
    return tuple(
        Patch(size * (nth + 1) // (len(broken) + 1), f"1.{number}.{nth + 1}", is_broken)
        for nth, is_broken in enumerate(broken)
    )
