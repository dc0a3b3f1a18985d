"""The router's operations, walked in this process against the emulated Azure.

Everything is the router's own except its orchestrator, whose walk is repeated here step by step.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from semver import Version

from harness.arm_emulator import ArmEmulator
from router.azure.arm.platform import READ_TIMEOUT
from router.azure.storage.account import ClientOptions
from router.bootstrap import Adapters, bind
from router.context import Context
from router.domain import line_transitions
from router.domain.errors import Unreadable
from router.domain.line_states import LineState
from router.domain.model import Line, Operation, OperationKind, Progress, Step
from router.domain.rollout import Deploy
from router.domain.version import LineId
from router.durable.activities import STEPS
from router.line_rows import get_line
from router.lines import monitor
from router.operations import runner
from router.operations.begin import begin
from router.operations.outcomes import Done, Failed, Waiting
from router.releases import service as releases
from router.settings import Settings
from tests.e2e.apps import package
from tests.fakes.orchestrations import FakeOrchestrations

LINE = LineId(1, 0)
Answer = TypeVar("Answer")
Call = tuple[str, str]
"""Method and path without names: `("PUT", "sites/*")`."""
FOR_EVER = 10**6
_STEPS = {step.__name__: step for step in STEPS}
_CALL = re.compile(r"gateway: (\w+) (/\S+) \d+ \d+ ms")


class Clock:
    """The time by which steps are given up; it can be made to pass."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.monotonic_ahead = 0.0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.monotonic_ahead


@dataclass(frozen=True, slots=True)
class Scene:
    """One router with a resource group and an app's name of its own."""

    context: Context
    orchestrations: FakeOrchestrations
    arm: ArmEmulator
    log: Path
    clock: Clock

    async def register(self, version: str, **app: Any) -> None:
        """A release that is put in place when it is asked for."""
        packed = package(version, **app)
        wanted = Version.parse(version), packed, Deploy.ON_REQUEST
        await releases.register(self.context, *wanted)

    async def run(self, kind: OperationKind, version: str | None = None) -> Operation:
        """Begin an operation, to put a release in place for one; the operation, ended."""
        release = Version.parse(version) if version else None
        line = LineId.of(release) if release else LINE
        begun = await begin(self.context, line, kind, release)
        return await self.walk(begun.id)

    async def drain(self) -> None:
        """Have the line drain, if it does not yet, and judged until it is drained."""
        line = await self.line()
        if line.state is LineState.ACTIVE:
            drained = line_transitions.draining(line, self.context.now())
            line = await self.context.catalog.replace_line(drained)
        async with asyncio.timeout(60):
            while line.state is LineState.DRAINING and not monitor.may_retire(self.context, line):
                line = await monitor.judged(self.context, line)

    async def delete_by_hand(self) -> None:
        """What somebody may do in the portal: the app goes, and its plan with it."""
        line = await self.line()
        await self.context.platform.delete_app(line.function_app, LINE)
        await self.context.platform.delete_plan(line.plan, LINE)

    async def walk(self, operation_id: str) -> Operation:
        """Do what the orchestrator run_operation does."""
        context = self.context
        steps = await insist(runner.remaining_steps, context, operation_id)
        while steps:
            match await runner.run_step(context, _STEPS[steps[0]], operation_id):
                case Failed(error):
                    steps = await insist(runner.fail_step, context, operation_id, error, steps[0])
                case Waiting(seconds):
                    await asyncio.sleep(seconds)
                    steps = await insist(runner.remaining_steps, context, operation_id)
                case Done():
                    steps = steps[1:]
        await insist(runner.end, context, operation_id)
        ended = await insist(context.catalog.operation, operation_id)
        assert ended is not None
        assert ended.state in (Progress.SUCCEEDED, Progress.FAILED)
        return ended

    async def given_up(
        self,
        walk: Coroutine[Any, Any, Operation],
        is_stuck: Callable[[], Awaitable[bool]] | None = None,
    ) -> Operation:
        """The operation's end, where the time for every step is over that is stuck: once a fault
        has struck, unless told otherwise."""
        running = asyncio.create_task(walk)
        while not running.done():
            if await (is_stuck or self._has_struck)():
                self.clock.ahead += timedelta(seconds=self.context.settings.step_seconds + 1)
            await asyncio.sleep(0.02)
        self.clock.ahead = timedelta()
        return running.result()

    async def unhealthy(self) -> bool:
        """Whether the running step says that the app's host has an error."""
        step = await self._step()
        return step is not None and "state Error" in str(step.detail)

    async def change_keys(self) -> None:
        """Give the line's app other keys, as somebody may do in the portal."""
        line = await self.line()
        old = await self.context.platform.app_keys(line.function_app)
        async with aiohttp.ClientSession(headers={"x-functions-key": old.host}) as session:
            for key in ("systemkeys/durabletask_extension", "systemkeys/_master"):
                address = f"http://{line.host_name}/admin/host/{key}"
                async with session.post(address) as answer:
                    assert answer.status in (200, 201), await answer.text()

    async def _has_struck(self) -> bool:
        return all(1 < fault["times"] < FOR_EVER for fault in await self.unsuffered())

    async def _step(self) -> Step | None:
        line = await self.line()
        operation = line.operation and await self.context.catalog.operation(line.operation)
        steps = operation.steps if operation else ()
        running = (each for each in steps if each.state is Progress.RUNNING)
        return next(running, None)

    async def line(self) -> Line:
        return await get_line(self.context.catalog, LINE)

    def calls(self, since: int = 0) -> set[Call]:
        """Every kind of call that Azure was sent behind this place in its log."""
        said = _CALL.findall(self.log.read_text()[since:])
        return {(method, _kind_of(path)) for method, path in said if self._group in path}

    async def suffer(self, call: Call, effect: str, **others: Any) -> None:
        """Let the next such call suffer."""
        method, path = call
        pattern = re.escape(path).replace(r"\*", "[^/]+") + "$"
        await self.arm.fault(effect, f"{self._group}(.*/)?{pattern}", method=method, **others)

    async def unsuffered(self) -> list[dict[str, Any]]:
        """The faults that no call has met yet."""
        left = await self.arm.faults()
        return [fault for fault in left if self._group in fault["path"]]

    async def heal(self) -> None:
        """Take away every fault; what never ended ends as failed. Of all scenes."""
        await self.arm.clear_faults()

    def restart(self) -> None:
        """Forget what a router that is started again does not know."""
        self.context.keys._listings.clear()

    @property
    def _group(self) -> str:
        return f"/{self.context.settings.resource_group}/"


async def insist(activity: Callable[..., Awaitable[Answer]], *order: Any) -> Answer:
    """An activity, done again while storage keeps it from ending."""
    while True:
        try:
            return await activity(*order)
        except Unreadable:
            await asyncio.sleep(0.05)


def _kind_of(path: str) -> str:
    own = path.partition("/providers/Microsoft.Web/")[2] or path.rpartition("/")[2]
    return re.sub(r"(sites|serverfarms|deployments)/[^/]+", r"\1/*", own)


@contextlib.asynccontextmanager
async def opened(
    arm: ArmEmulator,
    log: Path,
    settings: Settings,
    through: str | None = None,
    options: ClientOptions | None = None,
    arm_timeout: float = READ_TIMEOUT,
) -> AsyncIterator[Scene]:
    """The router's services with these settings, closed in the end. `through`: a way for the
    router to its storage that nobody else takes."""
    clock = Clock()
    adapters = Adapters(
        settings,
        reach=lambda account: through or account,
        storage_options=options,
        arm_timeout=arm_timeout,
    )
    orchestrations = FakeOrchestrations()
    context = bind(adapters, clock, clock.monotonic)(orchestrations)
    platform: Any = context.platform
    await platform._resources.resource_groups.create_or_update(
        settings.resource_group, {"location": settings.location}
    )
    try:
        yield Scene(context, orchestrations, arm, log, clock)
    finally:
        with contextlib.suppress(Exception):
            line: Any = await context.catalog.line(LINE)
            await context.platform.delete_app(line.function_app, LINE)
        await adapters.close()


def settings(arm: ArmEmulator, storage: str, app: str, **others: str) -> Settings:
    """Short times, so that what is to be waited for is over soon."""
    return Settings.from_environ(
        {
            "ROUTER_APP_NAME": app,
            "ROUTER_STORAGE": storage,
            "ROUTER_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001",
            "ROUTER_RESOURCE_GROUP": f"{app}-group",
            "ROUTER_LOCATION": "westeurope",
            "ROUTER_LINK_SECRETS": "a-secret-of-the-tests",
            "ROUTER_ARM_URL": arm.url,
            "ROUTER_UPSTREAM_SCHEME": "http",
            "ROUTER_POLL_SECONDS": "0.05",
            "ROUTER_STEP_SECONDS": "20",
            "ROUTER_SNAPSHOT_SECONDS": "0",
            "ROUTER_FORWARD_SECONDS": "2",
            "ROUTER_DRAIN_APART_SECONDS": "0",
            "ROUTER_VISIBILITY_SECONDS": "1",
            "ROUTER_MARGIN_SECONDS": "0",
            "ROUTER_AUTO_DRAIN": "false",
            **others,
        }
    )
