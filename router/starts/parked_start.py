"""What is parked: a start, and what it asked for, as the orchestration that holds it keeps them.

Its form is a contract: starts that are parked outlive an upgrade of the router.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.apps.forwarding import Start
from router.domain.instance_id import owner_of
from router.domain.version import Ask, parse_line, parse_version


@dataclass(frozen=True, slots=True)
class Order:
    """A start that waits for its line."""

    start: Start
    ask: Ask

    def as_dict(self) -> dict[str, Any]:
        start = self.start
        return {
            "line": str(self.ask.line),
            "version": str(self.ask.version) if self.ask.version else None,
            "function": start.function,
            "instanceId": start.instance_id,
            "value": start.value,
            "since": start.since.isoformat(),
            "before": start.before.isoformat() if start.before else None,
            "given": start.given,
        }

    @classmethod
    def from_dict(cls, order: Mapping[str, Any]) -> "Order":
        version = parse_version(order["version"]) if order["version"] else None
        start = Start(
            order["function"],
            order["instanceId"],
            order["value"],
            since=datetime.fromisoformat(order["since"]),
            before=datetime.fromisoformat(order["before"]) if order.get("before") else None,
            given=order.get("given", owner_of(order["instanceId"]) is None),
        )
        return cls(start, Ask(parse_line(order["line"]), version))
