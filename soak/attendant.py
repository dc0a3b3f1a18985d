"""What an operator does by the book while it all goes on, and what nobody else would do.

A line that failed is ordered up again; an instance of which no answer told is told to go; once
there are no more starts, what is active is ordered to drain. Judges nothing.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from soak.client import Client
from soak.ledger import Ledger
from soak.patience import patiently
from soak.store import Store

_POLL = 1.0
REVIVED = "failed lines ordered up again"


@dataclass(slots=True)
class Attendant:
    """`closing`: there are no more starts."""

    client: Client
    store: Store
    ledger: Ledger
    closing: bool = False
    done: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """One look after the other, until cancelled."""
        while True:
            for line in await self.lines():
                await self._look_after(line)
            await asyncio.sleep(_POLL)

    async def lines(self) -> list[dict[str, Any]]:
        """All lines, as the router tells them."""
        told = await patiently(lambda: self.client.get("/api/lines"))
        found: list[dict[str, Any]] = told.answer.body["lines"] if told.answer else []
        return found

    async def let_go(self) -> None:
        """Tell instances to go that wait, and that nobody who started them knows of."""
        for instance_id in await self.store.waiting():
            if instance_id not in self.ledger.entries or self.closing:
                await patiently(lambda: self.client.tell_to_go(instance_id))  # noqa: B023

    async def _look_after(self, line: dict[str, Any]) -> None:
        if line["operation"] is not None:
            return
        if line["state"] == "failed":
            await self._order(line["line"], "revive")
            self.done[REVIVED] += 1
        elif line["state"] == "active" and self.closing:
            await self._order(line["line"], "drain")

    async def _order(self, line: str, what: str) -> None:
        await patiently(lambda: self.client.order(line, what))
