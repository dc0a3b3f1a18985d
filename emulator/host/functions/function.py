"""The functions of an app: their metadata and their Python callables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import azure.functions as func

CONVERTERS: Any = func.get_binding_registry()  # type: ignore[no-untyped-call]
"""The SDK's converter of each binding type: `.get(type)`, None for unknown types."""

Binding = Mapping[str, Any]
"""A binding as in function.json: `type`, `direction`, `name` and the fields of its type."""

DURABLE_NAME_FIELDS = {
    "orchestrationTrigger": "orchestration",
    "activityTrigger": "activity",
    "entityTrigger": "entityName",
}


@dataclass(frozen=True, slots=True)
class FunctionInfo:
    """The metadata of a function.

    `route`, `methods` (upper case, None for all) and `auth_level` (function, anonymous, admin)
    belong to HTTP triggers and are None otherwise.
    """

    name: str
    trigger: str
    bindings: list[Binding]
    is_async: bool
    route: str | None = None
    methods: frozenset[str] | None = None
    auth_level: str | None = None

    @property
    def durable_name(self) -> str:
        """The name that orchestrations use: the trigger's name, or else the function's."""
        field = DURABLE_NAME_FIELDS.get(self.trigger)
        trigger = next(b for b in self.bindings if b["type"] == self.trigger)
        return str((field and trigger.get(field)) or self.name)


@dataclass(frozen=True, slots=True)
class Function:
    """A function with its Python callable and the parameters that the host passes."""

    info: FunctionInfo
    run: Callable[..., Any]
    trigger_parameter: str
    client_parameters: tuple[str, ...]
    wants_context: bool
