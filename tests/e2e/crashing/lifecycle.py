"""The whole lifecycle of one line, while the router is killed at its share of the kill points.

Starts arrive from the beginning until the line is drained, and each accepted one is recorded. A
phase ends when the line is as it should be and every kill point of its share has been hit.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.azure_client import AzureClient
from harness.retrying import RetryingRouterClient
from harness.waiting import progress_of_line, until
from router.domain.version import LineId
from tests.e2e.crashing.beside import client
from tests.e2e.crashing.kill_points import KillPoints
from tests.e2e.crashing.points import dealt
from tests.e2e.starts import Accepted, Starts, package

_APART_SECONDS = 2.0  # between two starts
Json = dict[str, Any]


@dataclass(slots=True)
class Lifecycle:
    """The lifecycle of line 1.`number`, one of `count` lines that share the kill points.

    `points` are those that were armed for it.
    """

    kill_points: KillPoints
    router: RetryingRouterClient
    azure: AzureClient
    number: int
    count: int
    starts: Starts = field(init=False)
    points: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.starts = Starts(self.router)

    @property
    def line(self) -> LineId:
        return LineId(1, self.number)

    async def run(self) -> None:
        """Run all phases."""
        await self._fail_to_provision()
        self._arm("provision")
        await self._register(1)
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_starts(over))
            waiting = await self._provision()
            await self._patch()
            await self._roll_back_a_patch()
            await self._repair()
            await self._refresh()
            over.set()
        await self.starts.send_event(waiting)
        await self.starts.outputs()
        await self._find_work_beside()
        await self._retire()
        await self._revive()
        await self.starts.outputs()
        await self._retire_permanently()

    async def events(self) -> list[str]:
        """Return the texts of the line's events."""
        return [event["what"] for event in (await self._described())["events"]]

    async def _fail_to_provision(self) -> None:
        self._arm("failed provision")
        await self._register(0, broken=True)
        await self.router.line_action(str(self.line), "revive")
        await self._until(lambda line: line["state"] == "failed")

    async def _provision(self) -> Accepted:
        """Provision the line by a start that waits for its event, and return this."""
        waiting = await self.starts.start("waits", str(self.line))
        await self._until(lambda line: line["state"] == "active")
        return waiting

    async def _patch(self) -> None:
        self._arm("patch")
        await self._register(2)
        await self._until(lambda line: line["release"] == f"{self.line}.2")

    async def _roll_back_a_patch(self) -> None:
        self._arm("failed patch")
        await self._register(3, broken=True)
        await self._until(lambda line: line["error"] is not None)

    async def _repair(self) -> None:
        self._arm("repair")
        await self.azure.delete_function_app((await self._described())["functionApp"])
        await self._until(lambda line: line["error"] is None)

    async def _refresh(self) -> None:
        self._arm("refresh")
        await self.router.line_action(str(self.line), "refresh")
        await self._until(lambda line: line["error"] is None)

    async def _find_work_beside(self) -> None:
        """Have work come in after the fence, which is found, and end it."""
        self._arm("failed retire")
        await self.router.line_action(str(self.line), "drain")
        line = await until(self._described, lambda seen: seen["state"] == "retiring")
        name = f"beside-{self.line.dashed}"
        async with client(self.azure.storage, line) as hub:
            await hub.create(instance_id=name, name="waits")
            await self._until(lambda seen: seen["state"] == "draining")
            await hub.raise_event(name, "go", None)

    async def _retire(self) -> None:
        await self.router.line_action(str(self.line), "drain")
        await self._until(lambda line: line["state"] == "retired")

    async def _revive(self) -> None:
        self._arm("revive")
        await self.starts.start("quick", str(self.line))
        await self._until(lambda line: line["state"] == "active")

    async def _retire_permanently(self) -> None:
        for phase in ("retire", "retention", "cleanup"):
            self._arm(phase)
        await self.router.line_action(str(self.line), "drain")
        await self._until(
            lambda line: bool(line["teardownReport"] and line["teardownReport"]["purgedAt"])
        )

    async def _send_starts(self, over: asyncio.Event) -> None:
        while not over.is_set():
            await self.starts.start("quick", str(self.line))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _APART_SECONDS)

    async def _register(self, patch: int, *, broken: bool = False) -> None:
        version = f"{self.line}.{patch}"
        answer = await self.router.register(version, package(version, broken=broken))
        assert answer.status in (200, 201, 202), answer

    def _arm(self, phase: str) -> None:
        points = dealt(phase, self.line, self.number, self.count)
        self.points += points
        self.kill_points.arm(points)

    async def _described(self) -> Json:
        return dict((await self.router.get(f"/api/lines/{self.line}")).body)

    async def _until(self, good: Callable[[Json], bool]) -> None:
        async def check() -> tuple[set[str], Json]:
            return self.kill_points.armed() & set(self.points), await self._described()

        def over(seen: tuple[set[str], Json]) -> bool:
            left, line = seen
            return not left and line["operation"] is None and good(line)

        def progress(seen: tuple[set[str], Json]) -> object:
            """Count the crashes of all lines: a busy router gets to each line in turn."""
            return seen[0], progress_of_line(seen[1]), len(self.kill_points.hit())

        await until(check, over, progress=progress)
