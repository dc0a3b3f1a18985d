"""No sequence of events deletes a line that has work, or a start in flight.

A state machine of random events (starts from stale snapshots, workers, patches, line actions,
failed readings, crashes between any two writes, repeated steps) drives the router's own code. Only
storage, Azure and the app are fakes.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from semver import Version

from router.context import Context
from router.domain.errors import TRANSIENT_ERRORS, RouterError
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind, Progress
from router.lines import actions, monitor
from router.operations import runner
from router.operations.begin import begin
from tests.fakes.azure import ACTIVITY, HELD, INSTANCE, VISIBLE
from tests.fakes.crashes import Crash, CrashingCatalog
from tests.fakes.router import LINE_ID, STEPS_BY_NAME, InMemoryRouter

STEPS = [(VISIBLE, HELD), (HELD, INSTANCE), (INSTANCE, None), (ACTIVITY, None)]
ARRIVES, TAKEN = "arrives", "taken"
REPEATABLE = (
    *("fence", "stop_function_app", "check_again", "start_function_app", "drain_again"),
    *("delete_function_app", "delete_task_hub", "open_line"),
)
SETTINGS = {"ROUTER_DRAIN_TERMINATE_SECONDS": "3600", "ROUTER_POLL_SECONDS": "20"}
EXPECTED_ERRORS = (RouterError, *TRANSIENT_ERRORS)


class LineLifecycle(RuleBasedStateMachine):
    """One line, from its first release."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.catalog = CrashingCatalog()
        self.router = InMemoryRouter(self.catalog, None, **SETTINGS)
        self.azure = self.router.azure
        self.snapshots: list[tuple[datetime, Line]] = []
        self.ttl = timedelta(seconds=self.router.settings.snapshot_seconds)
        self.begun: list[str] = []  # operations

    def do(self, what: Any) -> Any:
        """Have the router do something until it is done, fails or crashes."""
        with suppress(Crash, *EXPECTED_ERRORS):
            return self.loop.run_until_complete(what)

    @property
    def context(self) -> Context:
        return self.router.context

    @property
    def line(self) -> Line:
        found: Line | None = self.do(self.catalog.line(LINE_ID))
        assert found is not None
        return found

    @initialize()
    def bring_line_up(self) -> None:
        self.do(self.router.register())
        self.do(actions.revive(self.context, LINE_ID))
        self.run_steps(9)
        assert self.line.state is LineState.ACTIVE

    def teardown(self) -> None:
        self.loop.close()

    @invariant()
    def no_work_is_lost(self) -> None:
        assert self.azure.lost == []
        with suppress(AssertionError):
            line = self.line
            self.snapshots.append((self.azure.now, line))
            if line.operation is not None and line.operation not in self.begun:
                self.begun.append(line.operation)

    @rule(seconds=st.sampled_from([1, 6, 9, 19, 31, 39, 70, 3700]))
    def pass_time(self, seconds: int) -> None:
        self.azure.pass_time(seconds)

    @rule(chosen=st.integers(0, 5), progress=st.sampled_from([(), (ARRIVES,), (ARRIVES, TAKEN)]))
    def accept_start(self, chosen: int, progress: tuple[str, ...]) -> None:
        self.do(self._accept_start(chosen))
        if ARRIVES in progress:
            self.deliver_start()
        if TAKEN in progress:
            self.azure.advance(VISIBLE, HELD)

    async def _accept_start(self, chosen: int) -> None:
        fresh = [line for at, line in self.snapshots if self.azure.now - at < self.ttl]
        if not fresh:
            return
        seen = fresh[-1 - chosen % len(fresh)]
        if not seen.state.serves:
            return
        if seen.state is LineState.ACTIVE or await self.context.forwarding.accepts_work(seen):
            until = self.azure.now + timedelta(seconds=self.router.settings.forward_seconds)
            self.azure.starts_in_flight.append(until)

    @rule()
    def deliver_start(self) -> None:
        if self.azure.starts_in_flight:
            self.azure.deliver_start()

    @rule(taken=st.booleans())
    def start_beside_the_router(self, taken: bool) -> None:
        self.azure.start_beside_the_router()
        if taken:
            self.azure.advance(VISIBLE, HELD)

    @precondition(lambda self: self.azure.work)
    @rule(step=st.sampled_from(STEPS))
    def advance_work(self, step: tuple[str, str | None]) -> None:
        self.azure.advance(*step)

    @precondition(lambda self: any(each.state == INSTANCE for each in self.azure.work))
    @rule(timer=st.integers(0, 9000))
    def end_instance(self, timer: int) -> None:
        """It has signalled another instance, and leaves a timer."""
        self.azure.add_work()
        self.azure.advance(INSTANCE, None)
        self.azure.orphaned_timers.append(self.azure.now + timedelta(seconds=timer))

    @rule()
    def terminate_instance(self) -> None:
        """Its activity is still running."""
        self.accept_start(0, (ARRIVES, TAKEN))
        self.azure.advance(HELD, ACTIVITY)

    @rule()
    def tick(self) -> None:
        self.do(monitor.tick(self.context, LINE_ID))

    @precondition(lambda self: self.line.state is not LineState.RETIRED)
    @rule()
    def delete_app_by_hand(self) -> None:
        self.azure.has_app = False

    @rule(visibility=st.sampled_from(["60", "90", "600"]))
    def restart_router(self, visibility: str) -> None:
        """An existing app keeps its settings."""
        self.router.restart(ROUTER_VISIBILITY_SECONDS=visibility)

    @rule(unreadable=st.booleans())
    def break_or_restore_storage(self, unreadable: bool) -> None:
        self.azure.unreadable = unreadable

    @rule(chosen=st.integers(0, 5), seconds=st.sampled_from([0, 5, 30]), undrained=st.booleans())
    def interrupt_next_reading(self, chosen: int, seconds: int, undrained: bool) -> None:
        """A start, and maybe an undrain, between the next reading of the hub and its use."""

        async def interrupt(*_: object) -> None:
            self.azure.restore("read")
            with suppress(*EXPECTED_ERRORS):
                self.azure.pass_time(seconds)
                await self._accept_start(chosen)
                if undrained:
                    await actions.undrain(self.context, LINE_ID)

        self.azure.after("read", interrupt)

    @rule(steps=st.integers(1, 8))
    def run_steps(self, steps: int) -> None:
        """Run some steps of the operation that holds the line."""
        for _ in range(steps):
            self.do(self.router.run_next_step_and_wait())

    @rule(name=st.sampled_from(REPEATABLE), chosen=st.integers(0, 3))
    def repeat_step(self, name: str, chosen: int) -> None:
        """As after a crash before its end was recorded, also if its operation has ended."""
        if self.begun:
            self.do(self._repeat_step(name, self.begun[-1 - chosen % len(self.begun)]))

    async def _repeat_step(self, name: str, operation: str) -> None:
        found = await self.catalog.operation(operation)
        steps = found.steps if found else ()
        if any(each.name == name and each.state is not Progress.PENDING for each in steps):
            await runner.run_step(self.context, STEPS_BY_NAME[name], operation)

    @rule(name=st.sampled_from(["drain", "closed", "undrain", "retire", "revive"]))
    def request_action(self, name: str) -> None:
        context = self.context
        requests = {
            "drain": lambda: actions.drain(context, LINE_ID),
            "closed": lambda: actions.drain(context, LINE_ID, closed=True),
            "undrain": lambda: actions.undrain(context, LINE_ID),
            "retire": lambda: actions.retire(context, LINE_ID),
            "revive": lambda: actions.revive(context, LINE_ID),
        }
        self.do(requests[name]())

    @rule(patch=st.integers(1, 2))
    def deploy_patch(self, patch: int) -> None:
        self.do(begin(self.context, LINE_ID, OperationKind.PATCH, Version(1, 0, patch)))

    @rule(writes=st.integers(0, 3), written=st.booleans())
    def crash_soon(self, writes: int, written: bool) -> None:
        self.catalog.writes_left, self.catalog.crash_after_write = writes, written

    @rule(
        first=st.sampled_from([1, 19, 39]),
        then=st.sampled_from([(), (6,), (6, 6), (70,), (70, 70)]),
        between=st.booleans(),
        beside=st.booleans(),
        steps=st.integers(0, 12),
    )
    def drain_and_monitor(
        self, first: int, then: tuple[int, ...], between: bool, beside: bool, steps: int
    ) -> None:
        """Often long enough for the retirement to begin and to run some steps.

        `between`: with a start right after the fence's reading of the hub. `beside`: with one of
        the app itself after the fence.
        """
        self.request_action("drain")
        for seconds in (first, *then):
            self.azure.pass_time(seconds)
            self.tick()
        if between:
            self.interrupt_next_reading(0, 0, undrained=False)
        if beside:
            self.run_steps(1)
            self.start_beside_the_router(taken=False)
        self.run_steps(steps)


LineLifecycle.TestCase.settings = hypothesis_settings(
    max_examples=400, stateful_step_count=40, deadline=None
)
TestLineLifecycle = LineLifecycle.TestCase
