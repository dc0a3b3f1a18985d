"""The router's own services, set up over a catalog in memory and one line's played world."""

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from semver import Version

from router.apps.drain_marks import DrainMarks
from router.apps.forwarding import Forwarding
from router.apps.keys import KeyRing
from router.apps.limits import Limits
from router.context import Context
from router.domain.line_states import LineState
from router.domain.model import Claim, Line, Release
from router.domain.version import LineId
from router.durable.activities import STEPS
from router.lines import actions
from router.operations import runner
from router.operations.begin import Operations
from router.routing.cache import SnapshotCache
from router.settings import Settings
from router.starts import parking
from router.starts.parked_start import ParkedStart, park_id
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.world import World

ONE = LineId(1, 0)
BY_NAME = {step.__name__: step for step in STEPS}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEEDED = {
    "ROUTER_APP_NAME": "orders",
    "ROUTER_STORAGE": "UseDevelopmentStorage=true",
    "ROUTER_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001",
    "ROUTER_RESOURCE_GROUP": "orders",
    "ROUTER_LOCATION": "westeurope",
    "ROUTER_LINK_SECRETS": "x" * 32,
    "ROUTER_SNAPSHOT_SECONDS": "10",
    "ROUTER_FORWARD_SECONDS": "20",
    "ROUTER_MARGIN_SECONDS": "8",
    "ROUTER_DRAIN_APART_SECONDS": "5",
    "ROUTER_VISIBILITY_SECONDS": "60",
}


class Scene:
    """One line, registered in three patches; every wait of the router's own is over at once."""

    def __init__(
        self, catalog: MemoryCatalog, monotonic: Callable[[], float] | None = None, **others: str
    ) -> None:
        self._others = others
        self._ticks = monotonic or map(float, itertools.count(step=1000)).__next__
        self.settings = Settings.from_environ({**NEEDED, **others})
        self.world = World(NOON)
        self.catalog = catalog
        self.notes = DrainMarks(catalog, self.settings.margin_seconds, self.now)
        self.services = self._services()

    def now(self) -> datetime:
        return self.world.now

    def set_anew(self, **others: str) -> None:
        """The router is started again, with other settings."""
        self.settings = Settings.from_environ({**NEEDED, **self._others, **others})
        self.services = self._services()

    async def register(self) -> Line:
        for patch in range(3):
            version = Version(1, 0, patch)
            await self.catalog.add_release(Release(version, "ab", 1, NOON, on_request=True))
        named = Line(ONE, LineState.REGISTERED, NOON, "app", "plan", "Hub1x0")
        return await self.catalog.add_line(named)

    async def walk(self, run: Any) -> bool:
        """One step of the operation that holds the line; False when none does."""
        held = await self.services.operations.line(ONE)
        if held.operation is None:
            return False
        await self.services.operations.resume(held, run)
        steps = await runner.remaining(self.services, held.operation)
        if not steps:
            await runner.end(self.services, held.operation, run)
            return True
        step = BY_NAME[steps[0]]
        outcome = await runner.advance(self.services, step, held.operation, run)
        if outcome["state"] == "failed":
            await runner.stop(self.services, held.operation, outcome["error"], steps[0])
        return True

    async def up(self, run: Any) -> Line:
        """The line, registered and in service."""
        await self.register()
        await actions.revive(self.services, ONE, run)
        return await self.settled(run)

    async def settled(self, run: Any) -> Line:
        """The line once no operation holds it."""
        while await self.walk(run):
            pass
        return await self.services.operations.line(ONE)

    async def comes_up(self, run: Any) -> None:
        """The line, which was registered, is in service, and that is known."""
        await actions.revive(self.services, ONE, run)
        await self.settled(run)
        await self.services.snapshots.refresh()

    def _services(self) -> Context:
        world: Any = self.world
        nobody: Any = None
        keys, monotonic = KeyRing(world), self._ticks
        return Context(
            settings=self.settings,
            now=self.now,
            monotonic=monotonic,
            catalog=self.catalog,
            packages=world,
            platform=world,
            upstream=world,
            hub=world,
            tracking=world,
            keys=keys,
            links=nobody,
            snapshots=SnapshotCache(
                self.catalog, self.settings.snapshot_seconds, self.now, monotonic
            ),
            forwarding=Forwarding(world, keys, world, self.notes, self.settings, monotonic),
            operations=Operations(self.catalog, self.now),
            turns=Limits(monotonic),
        )


async def waiting() -> Scene:
    """One whose line is not up; its ticks are those of the clock."""
    made = Scene(MemoryCatalog(), time.monotonic, ROUTER_POLL_SECONDS="0.05")
    await made.register()
    return made


async def claim_of(scene: Scene, name: str) -> Claim:
    """The claim that there is of an id."""
    claim = await scene.catalog.claim(name)
    assert claim is not None
    return claim


async def lap_of(scene: Scene, run: Any, name: str) -> dict[str, Any]:
    """One lap of the start that was parked under an id."""
    order = ParkedStart.from_dict(run.started[park_id(name)][1])
    return await parking.lap(scene.services, order, run)
