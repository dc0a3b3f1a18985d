"""What came of a soak, for people and for programs. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ALL_WELL = "Every start is accounted for, exactly once. Nothing is left behind."


@dataclass(frozen=True, slots=True)
class Result:
    """What was done and seen, and what is wrong; nothing wrong is a success."""

    seed: int
    starts: int
    cycles: int
    seconds: float
    counts: Mapping[str, int]
    wrong: tuple[str, ...]


def as_text(result: Result) -> str:
    """The table for a terminal."""
    return "\n".join(_lines(result))


def as_json(result: Result) -> dict[str, Any]:
    """The same for programs."""
    return {
        "seed": result.seed,
        "starts": result.starts,
        "cycles": result.cycles,
        "seconds": round(result.seconds, 1),
        "counts": dict(result.counts),
        "wrong": list(result.wrong),
    }


def never_happened(counts: Mapping[str, int], wanted: Iterable[str]) -> list[str]:
    """A soak that did not do what it is for shows nothing: what is missing, in words."""
    return [f"not shown: {what} did not happen" for what in wanted if not counts.get(what)]


def _lines(result: Result) -> Iterator[str]:
    size = f"{result.starts} starts, {result.cycles} cycles"
    yield f"Seed {result.seed}, {size}: {result.seconds:.0f} s"
    yield ""
    width = max(map(len, result.counts), default=0)
    for what, count in result.counts.items():
        yield f"  {what:<{width}}  {count:>6}"
    yield ""
    if not result.wrong:
        yield _ALL_WELL
        return
    yield f"{len(result.wrong)} things are wrong:"
    yield from (f"  {what}" for what in result.wrong)
