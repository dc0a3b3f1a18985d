"""Every start that was taken, and what was found of it in the end. Pure.

An instance is accounted for when it was executed once and has ended with what its start said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.client import Started


@dataclass(frozen=True, slots=True)
class Entry:
    """One start that got its 202; `value` is unlike every other's."""

    started: Started
    value: int
    parked: bool  # the line did not serve it at once


@dataclass(slots=True)
class Ledger:
    """The starts of a run."""

    entries: list[Entry] = field(default_factory=list)
    sent: int = 0

    def next_value(self) -> int:
        """The input of the next start."""
        self.sent += 1
        return self.sent


@dataclass(frozen=True, slots=True)
class Found:
    """What there is: statuses by instance as the router tells them, and executions by instance."""

    statuses: Mapping[str, Mapping[str, Any]]
    executions: Mapping[str, int]


def unaccounted(ledger: Ledger, found: Found) -> Iterator[str]:
    """What is wrong with any start, in words; nothing when all is well."""
    for entry in ledger.entries:
        instance_id = entry.started.id
        times = found.executions.get(instance_id, 0)
        if times != 1:
            yield f"{instance_id} was executed {times} times"
        status = found.statuses.get(instance_id, {})
        output = status.get("output") or {}
        if status.get("runtimeStatus") != "Completed" or output.get("value") != entry.value:
            yield f"{instance_id} is {status.get('runtimeStatus')} with {output}"


def strangers(ledger: Ledger, found: Found) -> list[str]:
    """Executions of instances that no answer told of: those of starts that were cut off."""
    known = {entry.started.id for entry in ledger.entries}
    return sorted(found.executions.keys() - known)
