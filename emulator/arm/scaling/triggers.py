"""The part of the triggers of a site that the scale controller watches by.

It is what the file host.json says. The app settings that override the file for the host are not
looked at.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.durable.app import hub_name
from emulator.durable.app.connections import DEFAULT_CONNECTION
from emulator.host.configuration.host_json import section

_DURABLE = frozenset({"orchestrationTrigger", "activityTrigger", "entityTrigger"})
_STORAGE = "azurestorage"
_PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class Watched:
    """A task hub in the storage that a connection names."""

    hub: str
    connection: str
    partitions: int

    @property
    def queues(self) -> tuple[str, ...]:
        """The names of the hub's queues."""
        stem = self.hub.lower()
        control = (f"{stem}-control-{number:02}" for number in range(self.partitions))
        return (*control, f"{stem}-workitems")


def watched(
    functions: Iterable[Mapping[str, Any]], host_json: Mapping[str, Any], site: str
) -> Watched | None:
    """Return the task hub in the triggers of these functions, None if none is durable.

    `host_json` is the file without the app settings.
    """
    if not any(map(_is_durable, functions)):
        return None
    path = ("extensions", "durableTask")
    provider = section(host_json, *path, "storageProvider") or {}
    if str(section(provider, "type") or _STORAGE).lower() != _STORAGE:
        return None
    return Watched(
        hub=str(section(host_json, *path, "hubName") or hub_name.default_of(site)),
        connection=str(
            section(provider, "connectionName")
            or section(provider, "connectionStringName")
            or DEFAULT_CONNECTION
        ),
        partitions=int(section(provider, "partitionCount") or _PARTITIONS),
    )


def _is_durable(function: Mapping[str, Any]) -> bool:
    bindings = (function.get("config") or {}).get("bindings") or ()
    return any(binding.get("type") in _DURABLE for binding in bindings)
