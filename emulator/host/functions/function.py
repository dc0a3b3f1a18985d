"""The functions of an app, as the worker describes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Binding = Mapping[str, Any]
"""A binding as in function.json: `type`, `direction`, `name` and the fields of its type."""

DURABLE_NAME_FIELDS = {
    "orchestrationTrigger": "orchestration",
    "activityTrigger": "activity",
    "entityTrigger": "entityName",
}
CLIENT = "durableClient"
UNFIRED = "timerTrigger"  # part of every host, but nothing fires it here
REGISTERED = frozenset({*DURABLE_NAME_FIELDS, "httpTrigger", "http", CLIENT, UNFIRED})


@dataclass(frozen=True, slots=True)
class FunctionInfo:
    """The metadata of a function.

    `route`, `methods` (upper case, None for all) and `auth_level` (function, anonymous, admin)
    belong to HTTP triggers and are None otherwise. A function with a `problem` is listed, but
    never runs.
    """

    name: str
    trigger: str
    bindings: list[Binding]
    route: str | None = None
    methods: frozenset[str] | None = None
    auth_level: str | None = None
    problem: str | None = None

    @property
    def durable_name(self) -> str:
        """The name that orchestrations use: the trigger's name, or else the function's."""
        field = DURABLE_NAME_FIELDS.get(self.trigger)
        return str((field and _trigger(self.bindings).get(field)) or self.name)

    @property
    def trigger_parameter(self) -> str:
        """The parameter that the trigger's value is passed in."""
        return str(_trigger(self.bindings)["name"])

    @property
    def client_parameters(self) -> list[str]:
        """The parameters that durable clients are passed in."""
        return [str(b["name"]) for b in self.bindings if b["type"] == CLIENT]


def function_info(name: str, bindings: list[Binding]) -> FunctionInfo:
    """Return the metadata of a function with these bindings."""
    trigger = _trigger(bindings)
    if problem := _problem(name, bindings):
        return FunctionInfo(name, trigger["type"], bindings, problem=problem)
    if trigger["type"] != "httpTrigger":
        return FunctionInfo(name, trigger["type"], bindings)
    methods = trigger.get("methods")
    return FunctionInfo(
        name,
        trigger["type"],
        bindings,
        route=str(trigger.get("route", name)),
        methods=None if methods is None else frozenset(m.upper() for m in methods),
        auth_level=str(trigger.get("authLevel", "function")).lower(),
    )


def _trigger(bindings: list[Binding]) -> Binding:
    return next(b for b in bindings if str(b["type"]).lower().endswith("trigger"))


def _problem(name: str, bindings: list[Binding]) -> str | None:
    unknown = [str(b["type"]) for b in bindings if b["type"] not in REGISTERED]
    if not unknown:
        return None
    types = ", ".join(f"'{each}'" for each in unknown)
    return (
        f"The '{name}' function is in error: The binding type(s) {types} are not registered. "
        "Please ensure the type is correct and the binding extension is installed."
    )
