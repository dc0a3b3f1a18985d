"""A measured figure, its target, and whether it meets it."""

import math
from dataclasses import dataclass
from enum import StrEnum

_DECIMALS = {"": 2, "s": 2, "ms": 0, "MB": 0, "% of a core": 1}  # by unit


class MeasurementError(Exception):
    """The measured event did not happen. The text describes what happened instead."""


class Side(StrEnum):
    """The side of the limit on which a figure is good."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True)
class Target:
    """The limit that a figure should keep. A ratio has no unit."""

    side: Side
    limit: float
    unit: str = ""

    def met(self, value: float) -> bool:
        """Return True if a value keeps the limit."""
        return value <= self.limit if self.side is Side.AT_MOST else value >= self.limit

    def format(self, value: float) -> str:
        """Return a value with its unit, rounded to the bad side, so that no miss looks met."""
        scale = 10 ** _DECIMALS[self.unit]
        exact = round(value * scale, 6)
        rounded = math.ceil(exact) if self.side is Side.AT_MOST else math.floor(exact)
        return f"{rounded / scale:.{_DECIMALS[self.unit]}f} {self.unit}".rstrip()

    def __str__(self) -> str:
        return f"{self.side} {self.limit:g} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. `detail` is the data behind it."""

    what: str
    target: Target
    value: float
    detail: str

    @property
    def met(self) -> bool:
        """True if the value meets its target."""
        return self.target.met(self.value)

    @property
    def measured(self) -> str:
        """The value as text."""
        return self.target.format(self.value)


def at_most(limit: float, unit: str = "") -> Target:
    """Return a target for which smaller is better."""
    return Target(Side.AT_MOST, limit, unit)


def at_least(limit: float, unit: str = "") -> Target:
    """Return a target for which larger is better."""
    return Target(Side.AT_LEAST, limit, unit)
