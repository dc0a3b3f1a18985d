"""A figure: what was measured, how far it should reach, and whether it does.

Values only; knows neither how anything is measured nor how it is shown.
"""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """On which side of its limit a figure is good."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a figure is to reach; `unit` also says how many digits are worth showing."""

    side: Side
    limit: float
    unit: str = ""

    def met(self, value: float) -> bool:
        """Whether a value is good."""
        return value <= self.limit if self.side is Side.AT_MOST else value >= self.limit

    def __str__(self) -> str:
        return f"{self.side} {shown(self.limit, self.unit)}"


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
        """The value with its unit."""
        return shown(self.value, self.reach.unit)


_DIGITS = {"": 2, "s": 2, "ms": 0, "MB": 0, "% of a core": 1}


def at_most(limit: float, unit: str = "") -> Reach:
    """A reach that a small value meets."""
    return Reach(Side.AT_MOST, limit, unit)


def at_least(limit: float, unit: str = "") -> Reach:
    """A reach that a large value meets."""
    return Reach(Side.AT_LEAST, limit, unit)


def shown(value: float, unit: str) -> str:
    """A value as it is written down; a ratio has no unit."""
    return f"{value:.{_DIGITS[unit]}f} {unit}".rstrip()
