"""One function of an app: what the outside may know of it, and the Python behind it.

Owns the values that indexing produces and everyone else reads. Knows neither how a package is
imported, nor how a call is made, nor HTTP.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import azure.functions as func

CONVERTERS: Any = func.get_binding_registry()  # type: ignore[no-untyped-call]
"""The SDK's own converter of each binding type: `.get(type)`, None for what it does not know."""

Binding = Mapping[str, Any]
"""One binding, as function.json has it: `type`, `direction`, `name` and the fields of its type."""

DURABLE_NAME_FIELDS = {
    "orchestrationTrigger": "orchestration",
    "activityTrigger": "activity",
    "entityTrigger": "entityName",
}


@dataclass(frozen=True, slots=True)
class FunctionInfo:
    """What a function is. `route`, `methods` (upper case, None: all) and `auth_level` (function,
    anonymous, admin) are those of an HTTP trigger, and None otherwise."""

    name: str
    trigger: str
    bindings: list[Binding]
    is_async: bool
    route: str | None = None
    methods: frozenset[str] | None = None
    auth_level: str | None = None

    @property
    def durable_name(self) -> str:
        """The name by which orchestrations call it: the trigger's own, else the function's."""
        field = DURABLE_NAME_FIELDS.get(self.trigger)
        trigger = next(b for b in self.bindings if b["type"] == self.trigger)
        return str((field and trigger.get(field)) or self.name)


@dataclass(frozen=True, slots=True)
class Function:
    """A function with its Python callable and the names of the parameters that the host fills."""

    info: FunctionInfo
    run: Callable[..., Any]
    trigger_parameter: str
    client_parameters: tuple[str, ...]
    wants_context: bool
