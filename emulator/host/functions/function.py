"""The functions of an app, as the worker describes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emulator.host.functions.function_json import FunctionFile

Binding = Mapping[str, Any]
"""A binding as in function.json: `type`, `direction`, `name` and the fields of its type."""

DURABLE_NAME_FIELDS = {
    "orchestrationTrigger": "orchestration",
    "activityTrigger": "activity",
    "entityTrigger": "entityName",
}
CLIENT = "durableClient"
TIMER, QUEUE, BLOB = "timerTrigger", "queueTrigger", "blobTrigger"
STORAGE = frozenset({"queue", "blob"})  # bindings that read and write storage
EMULATED = frozenset({*DURABLE_NAME_FIELDS, "httpTrigger", "http", CLIENT, *STORAGE})
BACKGROUND = frozenset({TIMER, QUEUE, BLOB})  # triggers that a listener fires


@dataclass(frozen=True, slots=True)
class FunctionInfo:
    """The metadata of a function.

    `route`, `methods` (upper case, None for all) and `auth_level` (function, anonymous, admin)
    belong to HTTP triggers and are None otherwise. A function with a `problem` is listed, but
    never runs. One of the v1 model has a `file`.
    """

    name: str
    trigger: str
    bindings: list[Binding]
    route: str | None = None
    methods: frozenset[str] | None = None
    auth_level: str | None = None
    problem: str | None = None
    file: FunctionFile | None = None

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
    def trigger_binding(self) -> Binding:
        """The binding of the trigger."""
        return _trigger(self.bindings)

    @property
    def inputs(self) -> list[Binding]:
        """The bindings that read from storage before a call."""
        return [b for b in self.bindings if b["type"] in STORAGE and not is_output(b)]

    @property
    def outputs(self) -> list[Binding]:
        """The bindings that write to storage after a call."""
        return [b for b in self.bindings if b["type"] in STORAGE and is_output(b)]

    @property
    def client_parameters(self) -> list[str]:
        """The parameters that durable clients are passed in."""
        return [str(b["name"]) for b in self.bindings if b["type"] == CLIENT]


def is_output(binding: Binding) -> bool:
    """Return whether a binding takes a value that the function makes."""
    return str(binding.get("direction", "in")).lower() == "out"


def function_info(
    name: str, bindings: Sequence[Binding], file: FunctionFile | None = None
) -> FunctionInfo:
    """Return the metadata of a function with these bindings."""
    trigger = _trigger(bindings)
    info = FunctionInfo(name, trigger["type"], [*bindings], file=file)
    if problem := _problem(name, trigger["type"], bindings):
        return replace(info, problem=problem)
    if trigger["type"] != "httpTrigger":
        return info
    methods, route = trigger.get("methods"), trigger.get("route")
    return replace(
        info,
        route=name if route is None else str(route),
        methods=None if methods is None else frozenset(m.upper() for m in methods),
        auth_level=str(trigger.get("authLevel", "function")).lower(),
    )


def _trigger(bindings: Sequence[Binding]) -> Binding:
    return next(b for b in bindings if str(b["type"]).lower().endswith("trigger"))


def _problem(name: str, trigger: str, bindings: Sequence[Binding]) -> str | None:
    types = {str(binding["type"]): None for binding in bindings}
    missing = ", ".join(each for each in types if each not in EMULATED | BACKGROUND)
    if not missing:
        return None
    return (
        f"The function '{name}' ({trigger}) is listed but never runs here: "
        f"this host does not emulate {missing}."
    )
