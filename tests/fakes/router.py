"""A whole router over fakes, with one line."""

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from semver import Version

from router.context import Context, Ports, assemble
from router.domain.hub_settings import HubSettings
from router.domain.line_states import LineState
from router.domain.model import Claim, Line, OperationKind, Owner, Release
from router.domain.version import LineId, RequestedVersion
from router.durable.activities import STEPS
from router.line_rows import get_line
from router.lines import actions
from router.operations import runner
from router.operations.begin import begin, resume
from router.operations.outcomes import Failed, Waiting
from router.settings import Settings
from router.starts import outcomes, parking
from router.starts import service as starts
from router.starts.parked_start import ParkedStart, park_id
from router.starts.service import StartRequest
from tests.fakes.azure import FakeAzure
from tests.fakes.catalog import InMemoryCatalog
from tests.fakes.orchestrations import FakeOrchestrations
from tests.fakes.parked_inputs import InMemoryParkedInputs
from tests.fakes.tracking import InMemoryTracking

LINE_ID = LineId(1, 0)
PARKED_ID = "order-17"
STEPS_BY_NAME = {step.__name__: step for step in STEPS}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SETTINGS = {
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


class InMemoryRouter:
    """The router's own code over a catalog in memory, with one line in three patch releases.

    By default every reading of its monotonic clock is 16 s later than the last, so that each of
    the router's own waits is over at once.
    """

    def __init__(
        self,
        catalog: InMemoryCatalog | None = None,
        monotonic: Callable[[], float] | None = None,
        **settings: str,
    ) -> None:
        self._own_settings = settings
        self._pause = 0.0  # of the last step, if it waits
        self._monotonic = monotonic or map(float, itertools.count(step=16)).__next__
        self.azure = FakeAzure(NOON)
        self.tables: dict[str, InMemoryTracking] = {}  # by prefix, all others are Azure's
        self.catalog = catalog or InMemoryCatalog()
        self.orchestrations = FakeOrchestrations()
        self.parked_inputs = InMemoryParkedInputs(self.now)
        self.restart()

    def restart(self, **settings: str) -> None:
        """Start the router again, with other settings and nothing cached."""
        self.settings = Settings.from_environ({**SETTINGS, **self._own_settings, **settings})
        azure: Any = self.azure
        ports = Ports(
            catalog=self.catalog,
            packages=azure,
            parked_inputs=self.parked_inputs,
            platform=azure,
            upstream=azure,
            hub=lambda _: azure,
            tracking=lambda prefix: self.tables.get(prefix, azure),
        )
        bind = assemble(self.settings, ports, self.now, self._monotonic)
        self.context: Context = bind(self.orchestrations)

    def now(self) -> datetime:
        return self.azure.now

    async def register(self) -> Line:
        """Register the releases 1.0.0 to 1.0.2 on request, and with them their line."""
        for patch in range(3):
            version = Version(1, 0, patch)
            await self.catalog.add_release(Release(version, "ab", 1, NOON, on_request=True))
        named = Line(LINE_ID, LineState.REGISTERED, NOON, "app", "plan", "Hub1x0")
        return await self.catalog.add_line(named)

    async def open_line(self) -> None:
        """Register the releases, and bring their line up with 1.0.0."""
        await self.register()
        await begin(self.context, LINE_ID, OperationKind.PROVISION, Version(1, 0, 0))
        await self.finish_operations()

    async def add_line_apart(self, line_id: LineId, instance: str, owner: Owner) -> Line:
        """Add an active line with tables of its own, which hold one instance."""
        hub = f"Hub{line_id.major}x{line_id.minor}"
        self.tables[hub] = InMemoryTracking({instance: owner})
        made = HubSettings(4, 60.0, f"/{hub}")
        line = Line(line_id, LineState.ACTIVE, NOON, f"app-{hub}", f"plan-{hub}", hub, made)
        line = await self.catalog.add_line(replace(line, host_name="app.local"))
        await self.context.snapshots.refresh()
        return line

    async def provision(self) -> Line:
        """Register the line and provision it."""
        await self.register()
        await actions.revive(self.context, LINE_ID)
        return await self.finish_operations()

    async def bring_line_up(self) -> None:
        """Provision the line, which is registered, and refresh the snapshot."""
        await actions.revive(self.context, LINE_ID)
        await self.finish_operations()
        await self.context.snapshots.refresh()

    async def finish_operations(self) -> Line:
        """Run operations until none holds the line, waiting where steps do. Return the line."""
        while await self.run_next_step_and_wait():
            pass
        return await get_line(self.catalog, LINE_ID)

    async def run_next_step_and_wait(self) -> bool:
        """Run one step, and let the time pass for which it waits."""
        with mock.patch.object(runner, "_WINDOW", 0.0):  # so that it does not wait on its own
            ran = await self.run_next_step()
        self.azure.pass_time(self._pause)
        return ran

    async def run_next_step(self) -> bool:
        """Run one step of the operation that holds the line, or return False if none does."""
        held = await get_line(self.catalog, LINE_ID)
        self._pause = 0.0
        if held.operation is None:
            return False
        await resume(self.context, held)
        steps = await runner.remaining_steps(self.context, held.operation)
        if not steps:
            await runner.end(self.context, held.operation)
            return True
        step = STEPS_BY_NAME[steps[0]]
        outcome = await runner.run_step(self.context, step, held.operation)
        self._pause = outcome.seconds if isinstance(outcome, Waiting) else 0.0
        if isinstance(outcome, Failed):
            await runner.fail_step(self.context, held.operation, outcome.error, steps[0])
        if steps[0] == "drain_again":  # released its line, and leaves the operation to its end
            await runner.end(self.context, held.operation)
        return True

    async def claim(self, instance_id: str) -> Claim:
        """Return the claim of an id, which must exist."""
        claim = await self.catalog.claim(instance_id)
        assert claim is not None
        return claim

    def parked(self, instance_id: str) -> ParkedStart:
        """Return the start that was parked under an id."""
        return ParkedStart.from_dict(self.orchestrations.started[park_id(instance_id)][1])

    async def parked_input(self, instance_id: str) -> str | None:
        """Return the input of the start that was parked under an id."""
        return await self.parked_inputs.get(self.parked(instance_id).reference)

    async def attempt(self, instance_id: str) -> outcomes.Outcome:
        """Make one attempt to bring the start that was parked under an id to its line."""
        return await parking.bring_to_line(self.context, self.parked(instance_id))


async def router_with_registered_line(**settings: str) -> InMemoryRouter:
    """Return a router whose line has no app yet, and whose waits take real time."""
    settings = {"ROUTER_POLL_SECONDS": "0.05", **settings}
    router = InMemoryRouter(None, time.monotonic, **settings)
    await router.register()
    return router


async def router_with_parked_start(**settings: str) -> InMemoryRouter:
    """Return such a router that holds one parked start, with the id PARKED_ID."""
    router = await router_with_registered_line(**settings)
    request = StartRequest(RequestedVersion(LINE_ID), "order", PARKED_ID, '{"n": 1}')
    await starts.accept(router.context, request)
    return router
