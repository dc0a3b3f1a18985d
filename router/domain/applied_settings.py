"""The settings that the router has put on a line's app, as far as it has to remember them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AppliedSettings:
    """`names`: of all of them. `connections`: a digest of those that hold keys."""

    names: tuple[str, ...]
    connections: str
