"""The router's own services, set up over a catalog in memory and one line's played world."""

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from semver import Version

from router.context import Context, Ports, assemble
from router.domain.line_states import LineState
from router.domain.model import Claim, Line, Release
from router.domain.version import LineId
from router.durable.activities import STEPS
from router.line_rows import get_line
from router.lines import actions
from router.operations import runner
from router.operations.begin import resume
from router.operations.outcomes import Failed
from router.settings import Settings
from router.starts import outcomes, parking
from router.starts.parked_start import ParkedStart, park_id
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.orchestrations import RememberedOrchestrations
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
    """A router with one line, registered in three patches, over a catalog in memory.

    Every wait of the router's own is over at once.
    """

    def __init__(
        self, catalog: MemoryCatalog, monotonic: Callable[[], float] | None = None, **others: str
    ) -> None:
        self._others = others
        self._monotonic = monotonic or map(float, itertools.count(step=16)).__next__
        self.settings = Settings.from_environ({**NEEDED, **others})
        self.world = World(NOON)
        self.catalog = catalog
        self.orchestrations = RememberedOrchestrations()
        self.context = self._context()

    def now(self) -> datetime:
        return self.world.now

    def restart(self, **others: str) -> None:
        """Start the router again, with other settings."""
        self.settings = Settings.from_environ({**NEEDED, **self._others, **others})
        self.context = self._context()

    async def register(self) -> Line:
        for patch in range(3):
            version = Version(1, 0, patch)
            await self.catalog.add_release(Release(version, "ab", 1, NOON, on_request=True))
        named = Line(ONE, LineState.REGISTERED, NOON, "app", "plan", "Hub1x0")
        return await self.catalog.add_line(named)

    async def walk(self) -> bool:
        """One step of the operation that holds the line; False when none does."""
        held = await get_line(self.context.catalog, ONE)
        if held.operation is None:
            return False
        await resume(self.context, held)
        steps = await runner.remaining_steps(self.context, held.operation)
        if not steps:
            await runner.end(self.context, held.operation)
            return True
        step = BY_NAME[steps[0]]
        outcome = await runner.run_step(self.context, step, held.operation)
        if isinstance(outcome, Failed):
            await runner.fail_step(self.context, held.operation, outcome.error, steps[0])
        return True

    async def up(self) -> Line:
        """The line, registered and in service."""
        await self.register()
        await actions.revive(self.context, ONE)
        return await self.settled()

    async def settled(self) -> Line:
        """The line once no operation holds it."""
        while await self.walk():
            pass
        return await get_line(self.context.catalog, ONE)

    async def comes_up(self) -> None:
        """The line, which was registered, is in service, and that is known."""
        await actions.revive(self.context, ONE)
        await self.settled()
        await self.context.snapshots.refresh()

    def _context(self) -> Context:
        world: Any = self.world
        ports = Ports(self.catalog, world, world, world, world, world)
        return assemble(self.settings, ports, self.now, self._monotonic)(self.orchestrations)


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


async def attempt(scene: Scene, name: str) -> outcomes.Outcome:
    """Make one attempt to bring the start that was parked under an id to its line."""
    parked = ParkedStart.from_dict(scene.orchestrations.started[park_id(name)][1])
    return await parking.bring_to_line(scene.context, parked)
