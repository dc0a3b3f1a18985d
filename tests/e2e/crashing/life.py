"""One line's whole life, lived while the router dies at its share of every phase's kill points.

Starts arrive from its beginning until it is told to drain, and each that was taken is written
down. A phase is over when the line is as it should be and every point of its share was met.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from demo.azure import Azure
from router.domain.version import LineId
from tests.e2e.crashing.patience import PatientRouter
from tests.e2e.crashing.points import dealt
from tests.e2e.crashing.stage import Stage
from tests.e2e.ledger import Entry, Ledger, package
from tests.e2e.until import until

_APART = 2.0  # seconds between two starts
_PATIENCE = 150.0  # seconds that a phase may take
Json = dict[str, Any]


@dataclass(slots=True)
class Life:
    """The life of line 1.`number`, one of `lives` that share the kill points.

    `points` are those that were armed for it.
    """

    stage: Stage
    router: PatientRouter
    azure: Azure
    number: int
    lives: int
    ledger: Ledger = field(init=False)
    points: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.router)

    @property
    def line(self) -> LineId:
        return LineId(1, self.number)

    async def live(self) -> None:
        """All of it."""
        self._arm("provision")
        await self._register(0)
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._starts_arrive(over))
            waiting = await self._is_provisioned()
            await self._is_patched()
            await self._is_patched_in_vain()
            await self._loses_its_app()
            over.set()
        await self.ledger.go(waiting)
        await self.ledger.outputs()
        await self._retires()
        await self._is_revived()
        await self.ledger.outputs()
        await self._retires_for_good()

    async def events(self) -> list[str]:
        """What was told of it."""
        return [event["what"] for event in (await self._look())["events"]]

    async def _is_provisioned(self) -> Entry:
        """Gives a start that waits for its event."""
        waiting = await self.ledger.start("waits", str(self.line))
        await self._until(lambda line: line["state"] == "active")
        return waiting

    async def _is_patched(self) -> None:
        self._arm("patch")
        await self._register(1)
        await self._until(lambda line: line["release"] == f"{self.line}.1")

    async def _is_patched_in_vain(self) -> None:
        self._arm("failed patch")
        await self._register(2, broken=True)
        await self._until(lambda line: line["error"] is not None)

    async def _loses_its_app(self) -> None:
        self._arm("repair")
        await self.azure.delete_function_app((await self._look())["functionApp"])
        await self._until(lambda line: line["error"] is None)

    async def _retires(self) -> None:
        await self.router.order(str(self.line), "drain")
        await self._until(lambda line: line["state"] == "retired")

    async def _is_revived(self) -> None:
        self._arm("revive")
        await self.ledger.start("quick", str(self.line))
        await self._until(lambda line: line["state"] == "active")

    async def _retires_for_good(self) -> None:
        for phase in ("retire", "retention", "cleanup"):
            self._arm(phase)
        await self.router.order(str(self.line), "drain")
        await self._until(
            lambda line: bool(line["teardownReport"] and line["teardownReport"]["purgedAt"])
        )

    async def _starts_arrive(self, over: asyncio.Event) -> None:
        while not over.is_set():
            await self.ledger.start("quick", str(self.line))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _APART)

    async def _register(self, patch: int, *, broken: bool = False) -> None:
        version = f"{self.line}.{patch}"
        answer = await self.router.register(version, package(version, broken=broken))
        assert answer.status in (200, 201, 202), answer

    def _arm(self, phase: str) -> None:
        points = dealt(phase, self.line, self.number, self.lives)
        self.points += points
        self.stage.arm(points)

    async def _look(self) -> Json:
        return dict((await self.router.get(f"/api/lines/{self.line}")).body)

    async def _until(self, good: Callable[[Json], bool]) -> None:
        async def look() -> tuple[set[str], Json]:
            return self.stage.armed() & set(self.points), await self._look()

        def over(seen: tuple[set[str], Json]) -> bool:
            left, line = seen
            return not left and line["operation"] is None and good(line)

        await until(look, over, _PATIENCE)
