"""A parked start, in the form in which the orchestration that holds it keeps it.

The form is a contract: parked starts outlive an upgrade of the router.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from router.apps.forwarding import Start
from router.context import Context
from router.domain.instance_id import owner_of
from router.domain.version import RequestedVersion, parse_line, parse_version

ORCHESTRATOR: Final = "parked_start"
PREFIX: Final = "park-"


def park_id(instance_id: str) -> str:
    """Return the id of the orchestration that holds this instance's start.

    It is on the router's own hub, so it cannot collide with the instance's id. A start that is
    parked twice is held once.
    """
    return f"{PREFIX}{instance_id}"


@dataclass(frozen=True, slots=True)
class ParkedStart:
    """A start that waits for its line.

    `reference`: of its input, which is stored apart, so `start` has none.
    """

    start: Start
    requested: RequestedVersion
    reference: str = ""

    @property
    def orchestration_id(self) -> str:
        """Return the id of the orchestration that holds it."""
        return park_id(self.start.instance_id)

    def as_dict(self) -> dict[str, Any]:
        """Return it as the input of that orchestration."""
        start = self.start
        return {
            "line": str(self.requested.line),
            "version": str(self.requested.version) if self.requested.version else None,
            "function": start.function,
            "instanceId": start.instance_id,
            "value": start.value,
            "input": self.reference,
            "since": start.since.isoformat(),
            "before": start.before.isoformat() if start.before else None,
            "given": start.given,
            "trace": dict(start.trace),
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> "ParkedStart":
        """Return the parked start that `as_dict` wrote."""
        version = parse_version(value["version"]) if value["version"] else None
        start = Start(
            value["function"],
            value["instanceId"],
            value["value"],
            since=datetime.fromisoformat(value["since"]),
            before=datetime.fromisoformat(value["before"]) if value.get("before") else None,
            given=value.get("given", owner_of(value["instanceId"]) is None),
            trace=value.get("trace") or {},
        )
        requested = RequestedVersion(parse_line(value["line"]), version)
        return cls(start, requested, value.get("input") or "")


async def input_of(context: Context, parked: ParkedStart) -> str | None:
    """Return the input of a parked start, or None if it was deleted. Raises Unreadable."""
    if not parked.reference:  # parked by an older router
        return parked.start.value
    return await context.parked_inputs.get(parked.reference)
