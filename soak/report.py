"""The result of a soak, for the terminal and for programs. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_SUCCESS = "Every start is accounted for exactly once. Nothing is left behind."


@dataclass(frozen=True, slots=True)
class Result:
    """The counts of a run and its problems. No problem means success."""

    seed: int
    starts: int
    cycles: int
    seconds: float
    counts: Mapping[str, int]
    problems: tuple[str, ...]


def as_text(result: Result) -> str:
    """Return the table for a terminal."""
    return "\n".join(_lines(result))


def as_json(result: Result) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "seed": result.seed,
        "starts": result.starts,
        "cycles": result.cycles,
        "seconds": round(result.seconds, 1),
        "counts": dict(result.counts),
        "problems": list(result.problems),
    }


def not_exercised(counts: Mapping[str, int], required: Iterable[str]) -> list[str]:
    """Return a problem for every required event that did not happen: such a run proves nothing."""
    return [f"not exercised: no {event}" for event in required if not counts.get(event)]


def _lines(result: Result) -> Iterator[str]:
    size = f"{result.starts} starts, {result.cycles} cycles"
    yield f"Seed {result.seed}, {size}: {result.seconds:.0f} s"
    yield ""
    width = max(map(len, result.counts), default=0)
    for name, count in result.counts.items():
        yield f"  {name:<{width}}  {count:>6}"
    yield ""
    if not result.problems:
        yield _SUCCESS
        return
    yield f"{len(result.problems)} problems:"
    yield from (f"  {problem}" for problem in result.problems)
