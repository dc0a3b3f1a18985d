"""Whatever happens in whatever order, no line goes that has work, or a start under way.

A machine of random events (starts by old pictures, workers, patches, orders, looks that fail,
crashes between any two writes, steps done again) drives the router's own decisions and the steps
around them. Only storage, Azure and the app are played.
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
AGAIN = ("fence", "delete_function_app", "delete_task_hub", "open_line")
PASSES = (RouterError, *TRANSIENT_ERRORS)


class LifeOfALine(RuleBasedStateMachine):
    """One line, from its first release on."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.catalog = CrashingCatalog()
        self.router = InMemoryRouter(self.catalog, ROUTER_DRAIN_TERMINATE_SECONDS="3600")
        self.azure = self.router.azure
        self.pictures: list[tuple[datetime, Line]] = []
        self.ttl = timedelta(seconds=self.router.settings.snapshot_seconds)
        self.begun: list[str] = []  # operations

    def do(self, what: Any) -> Any:
        """One thing that the router does, as far as it gets."""
        with suppress(Crash, *PASSES):
            return self.loop.run_until_complete(what)

    @property
    def context(self) -> Context:
        return self.router.context

    @property
    def line(self) -> Line:
        found = self.do(self.catalog.line(LINE_ID))
        assert found is not None
        return found

    @initialize()
    def comes_up(self) -> None:
        self.do(self.router.register())
        self.do(actions.revive(self.context, LINE_ID))
        self.walks(9)
        assert self.line.state is LineState.ACTIVE

    def teardown(self) -> None:
        self.loop.close()

    @invariant()
    def nothing_is_lost(self) -> None:
        assert self.azure.lost == []
        with suppress(AssertionError):
            line = self.line
            self.pictures.append((self.azure.now, line))
            if line.operation is not None and line.operation not in self.begun:
                self.begun.append(line.operation)

    @rule(seconds=st.sampled_from([1, 6, 9, 19, 31, 39, 70, 3700]))
    def time_passes(self, seconds: int) -> None:
        self.azure.pass_time(seconds)

    @rule(chosen=st.integers(0, 5), so_far=st.sampled_from([(), (ARRIVES,), (ARRIVES, TAKEN)]))
    def a_start_comes(self, chosen: int, so_far: tuple[str, ...]) -> None:
        self.do(self._start(chosen))
        if ARRIVES in so_far:
            self.a_start_arrives()
        if TAKEN in so_far:
            self.azure.advance(VISIBLE, HELD)

    async def _start(self, chosen: int) -> None:
        fresh = [line for at, line in self.pictures if self.azure.now - at < self.ttl]
        if not fresh:
            return
        seen = fresh[-1 - chosen % len(fresh)]
        if not seen.state.serves:
            return
        if seen.state is LineState.ACTIVE or await self.context.forwarding.accepts_work(seen):
            until = self.azure.now + timedelta(seconds=self.router.settings.forward_seconds)
            self.azure.starts_in_flight.append(until)

    @rule()
    def a_start_arrives(self) -> None:
        if self.azure.starts_in_flight:
            self.azure.deliver_start()

    @precondition(lambda self: self.azure.work)
    @rule(step=st.sampled_from(STEPS))
    def work_goes_on(self, step: tuple[str, str | None]) -> None:
        self.azure.advance(*step)

    @precondition(lambda self: any(each.state == INSTANCE for each in self.azure.work))
    @rule(timer=st.integers(0, 9000))
    def an_instance_ends_with_a_signal_to_another_and_a_timer_left(self, timer: int) -> None:
        self.azure.add_work()
        self.azure.advance(INSTANCE, None)
        self.azure.orphaned_timers.append(self.azure.now + timedelta(seconds=timer))

    @rule()
    def an_instance_is_terminated_whose_activity_runs_on(self) -> None:
        self.a_start_comes(0, (ARRIVES, TAKEN))
        self.azure.advance(HELD, ACTIVITY)

    @rule()
    def the_monitor_looks(self) -> None:
        self.do(monitor.tick(self.context, LINE_ID))

    @precondition(lambda self: self.line.state is not LineState.RETIRED)
    @rule()
    def somebody_deletes_the_app_by_hand(self) -> None:
        self.azure.has_app = False

    @rule(visibility=st.sampled_from(["5", "60", "600"]))
    def the_router_is_restart(self, visibility: str) -> None:
        """What is up stays as it was made."""
        self.router.restart(ROUTER_VISIBILITY_SECONDS=visibility)

    @rule(unreadable=st.booleans())
    def storage_fails_or_is_back(self, unreadable: bool) -> None:
        self.azure.unreadable = unreadable

    @rule(chosen=st.integers(0, 5), seconds=st.sampled_from([0, 5, 30]), undrained=st.booleans())
    def something_comes_between_the_next_look_and_its_use(
        self, chosen: int, seconds: int, undrained: bool
    ) -> None:
        async def comes(*_: object) -> None:
            self.azure.restore("read")
            with suppress(*PASSES):
                self.azure.pass_time(seconds)
                await self._start(chosen)
                if undrained:
                    await actions.undrain(self.context, LINE_ID)

        self.azure.after("read", comes)

    @rule(steps=st.integers(1, 8))
    def walks(self, steps: int) -> None:
        """The operation in charge goes on by some steps."""
        for _ in range(steps):
            self.do(self.router.run_next_step())

    @rule(kind=st.sampled_from(AGAIN), chosen=st.integers(0, 3))
    def a_step_is_done_once_more(self, kind: str, chosen: int) -> None:
        """As after a crash that came before its end was known; also when all is over by now."""
        if self.begun:
            self.do(self._again(kind, self.begun[-1 - chosen % len(self.begun)]))

    async def _again(self, kind: str, operation: str) -> None:
        found = await self.catalog.operation(operation)
        steps = found.steps if found else ()
        if any(each.name == kind and each.state is not Progress.PENDING for each in steps):
            await runner.run_step(self.context, STEPS_BY_NAME[kind], operation)

    @rule(name=st.sampled_from(["drain", "closed", "undrain", "retire", "revive"]))
    def an_operator_orders(self, name: str) -> None:
        context = self.context
        ordered = {
            "drain": lambda: actions.drain(context, LINE_ID),
            "closed": lambda: actions.drain(context, LINE_ID, closed=True),
            "undrain": lambda: actions.undrain(context, LINE_ID),
            "retire": lambda: actions.retire(context, LINE_ID),
            "revive": lambda: actions.revive(context, LINE_ID),
        }
        self.do(ordered[name]())

    @rule(patch=st.integers(1, 2))
    def a_patch_is_deployed(self, patch: int) -> None:
        self.do(begin(self.context, LINE_ID, OperationKind.PATCH, Version(1, 0, patch)))

    @rule(writes=st.integers(0, 3), written=st.booleans())
    def the_router_crashes_soon(self, writes: int, written: bool) -> None:
        self.catalog.writes_left, self.catalog.crash_after_write = writes, written

    @rule(
        first=st.sampled_from([1, 19, 39]),
        then=st.sampled_from([(), (6,), (6, 6), (70,), (70, 70)]),
        between=st.booleans(),
        steps=st.integers(0, 8),
    )
    def the_line_drains_and_is_watched(
        self, first: int, then: tuple[int, ...], between: bool, steps: int
    ) -> None:
        """Often long enough for its retirement to begin, and to go on for some steps; with a start
        in between the look of its fence and what follows."""
        self.an_operator_orders("drain")
        for seconds in (first, *then):
            self.azure.pass_time(seconds)
            self.the_monitor_looks()
        if between:
            self.something_comes_between_the_next_look_and_its_use(0, 0, undrained=False)
        self.walks(steps)


LifeOfALine.TestCase.settings = hypothesis_settings(
    max_examples=400, stateful_step_count=40, deadline=None
)
TestLifeOfALine = LifeOfALine.TestCase
