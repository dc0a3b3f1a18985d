"""The operator of the soak, who follows the handbook while everything else happens.

Failed lines are revived. Instances that no response named get the event that they wait for. Once
there are no more starts, active lines are drained.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from harness.retrying import retry
from harness.router_client import RouterClient
from harness.start_ledger import StartLedger
from soak.plan import Start
from soak.storage import Storage

_POLL_SECONDS = 1.0
REVIVED = "failed lines revived by the operator"


@dataclass(slots=True)
class LineOperator:
    """Set `closing` once there are no more starts. `done` counts the actions."""

    router: RouterClient
    storage: Storage
    ledger: StartLedger[Start]
    closing: bool = False
    done: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """Supervise the lines until cancelled."""
        while True:
            for line in await self.lines():
                await self._supervise(line)
            await asyncio.sleep(_POLL_SECONDS)

    async def lines(self) -> list[dict[str, Any]]:
        """Return all lines as the router describes them."""
        outcome = await retry(lambda: self.router.get("/api/lines"))
        found: list[dict[str, Any]] = outcome.answer.body["lines"] if outcome.answer else []
        return found

    async def release_unknown(self) -> None:
        """Send the event to waiting instances of which no caller knows."""
        for instance_id in await self.storage.waiting():
            if instance_id not in self.ledger.entries or self.closing:
                await retry(lambda: self.router.raise_event_by_id(instance_id, "go", None))  # noqa: B023

    async def _supervise(self, line: dict[str, Any]) -> None:
        if line["operation"] is not None:
            return
        if line["state"] == "failed":
            await self._act(line["line"], "revive")
            self.done[REVIVED] += 1
        elif line["state"] == "active" and self.closing:
            await self._act(line["line"], "drain")

    async def _act(self, line: str, action: str) -> None:
        await retry(lambda: self.router.line_action(line, action))
