"""The durable functions of an app, by the names that orchestrations use.

Owns the look-up regardless of case, and the text about a name that is not there. Knows nothing
of how a function is called.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol


class DurableFunction(Protocol):
    """What the catalog needs to know of one function of an app."""

    @property
    def name(self) -> str: ...
    @property
    def trigger(self) -> str: ...
    @property
    def durable_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """The functions of one trigger: the name that orchestrations use, in lower case, to the name
    by which the worker knows the function."""

    title: str
    functions: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.functions

    def __getitem__(self, name: str) -> str:
        return self.functions[name.lower()]

    def missing(self, name: str) -> str:
        """What the real extension says about a function that is not there."""
        known = ", ".join(f"'{each}'" for each in self.names)
        more = (
            f"The following are the known {self.title} functions: {known}."
            if known
            else f"No {self.title} functions are currently registered!"
        )
        return (
            f"The function '{name}' doesn't exist, is disabled, or is not an {self.title} "
            f"function. Additional info: {more}"
        )


@dataclass(frozen=True, slots=True)
class Catalog:
    """The orchestrators, activities and entities of one app."""

    orchestrators: Kind = field(default_factory=lambda: Kind("orchestrator"))
    activities: Kind = field(default_factory=lambda: Kind("activity"))
    entities: Kind = field(default_factory=lambda: Kind("entity"))

    @classmethod
    def of(cls, functions: Iterable[DurableFunction]) -> "Catalog":
        """The durable ones among an app's functions."""
        catalog = cls()
        kinds = {
            "orchestrationTrigger": catalog.orchestrators,
            "activityTrigger": catalog.activities,
            "entityTrigger": catalog.entities,
        }
        for function in functions:
            kind = kinds.get(function.trigger)
            if kind:
                kind.functions[function.durable_name.lower()] = function.name
                kind.names.append(function.durable_name)
        return catalog
