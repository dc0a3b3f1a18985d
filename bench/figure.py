"""A figure: what was measured, how far it should reach, and whether it does.

Values only; knows neither how anything is measured nor how it is shown.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

_DIGITS = {"": 2, "s": 2, "ms": 0, "MB": 0, "% of a core": 1}  # behind the point, by unit


class Side(StrEnum):
    """On which side of its limit a figure is good."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a figure is to reach; a ratio has no unit."""

    side: Side
    limit: float
    unit: str = ""

    def met(self, value: float) -> bool:
        """Whether a value is good."""
        return value <= self.limit if self.side is Side.AT_MOST else value >= self.limit

    def written(self, value: float) -> str:
        """A value with its unit, rounded to the bad side: no miss is written as a hit."""
        scale = 10 ** _DIGITS[self.unit]
        exact = round(value * scale, 6)
        rounded = math.ceil(exact) if self.side is Side.AT_MOST else math.floor(exact)
        return f"{rounded / scale:.{_DIGITS[self.unit]}f} {self.unit}".rstrip()

    def __str__(self) -> str:
        return f"{self.side} {self.limit:g} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; `detail` is what stands behind it."""

    what: str
    reach: Reach
    value: float
    detail: str

    @property
    def met(self) -> bool:
        """Whether it reaches as far as it should."""
        return self.reach.met(self.value)

    @property
    def measured(self) -> str:
        """The value as it is written down."""
        return self.reach.written(self.value)


def at_most(limit: float, unit: str = "") -> Reach:
    """A reach that a small value meets."""
    return Reach(Side.AT_MOST, limit, unit)


def at_least(limit: float, unit: str = "") -> Reach:
    """A reach that a large value meets."""
    return Reach(Side.AT_LEAST, limit, unit)
