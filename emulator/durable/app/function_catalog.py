"""The durable functions of an app by the names that orchestrations use, regardless of case."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol


class DurableFunction(Protocol):
    """The attributes of an app's function that the catalog needs."""

    @property
    def name(self) -> str: ...
    @property
    def trigger(self) -> str: ...
    @property
    def durable_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class FunctionKind:
    """The functions of one trigger type: lower-case name to the name that the worker knows.

    A disabled function is as good as unknown, but its use fails instead of being ignored.
    """

    title: str
    functions: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    disabled: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.functions

    def __getitem__(self, name: str) -> str:
        return self.functions[name.lower()]

    def is_disabled(self, name: str) -> bool:
        """Return True if the app has the function but a setting disables it."""
        return name.lower() in self.disabled

    def not_found_text(self, name: str) -> str:
        """Return the real extension's error text for a function that does not exist."""
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
class FunctionCatalog:
    """The orchestrators, activities and entities of one app."""

    orchestrators: FunctionKind = field(default_factory=lambda: FunctionKind("orchestrator"))
    activities: FunctionKind = field(default_factory=lambda: FunctionKind("activity"))
    entities: FunctionKind = field(default_factory=lambda: FunctionKind("entity"))

    @classmethod
    def of(
        cls,
        functions: Iterable[DurableFunction],
        is_disabled: Callable[[str], bool] = lambda _: False,
    ) -> "FunctionCatalog":
        """Return the catalog of the durable functions among an app's functions."""
        catalog = cls()
        kinds = {
            "orchestrationTrigger": catalog.orchestrators,
            "activityTrigger": catalog.activities,
            "entityTrigger": catalog.entities,
        }
        for function in functions:
            kind = kinds.get(function.trigger)
            if kind and is_disabled(function.name):
                kind.disabled.add(function.durable_name.lower())
            elif kind:
                kind.functions[function.durable_name.lower()] = function.name
                kind.names.append(function.durable_name)
        return catalog
