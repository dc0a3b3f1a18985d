"""A router whose operations run in this process against the emulated Azure.

Everything is the router's own except for its orchestrator, which is replaced by `run_to_end`.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from semver import Version

from harness.arm_emulator import ArmEmulator
from harness.waiting import until
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
from router.draining import judgement
from router.durable.activities import STEPS
from router.line_rows import get_line
from router.operations import runner
from router.operations.begin import begin
from router.operations.outcomes import Done, Failed, Waiting
from router.releases import service as releases
from router.settings import Settings
from tests.contract.management import Management, management
from tests.e2e.apps import package
from tests.fakes.orchestrations import FakeOrchestrations

LINE = LineId(1, 0)
Call = tuple[str, str]
"""Method and path without names: `("PUT", "sites/*")`."""
FOREVER = 10**6
POLL_SECONDS = 0.05
_STEPS = {step.__name__: step for step in STEPS}
_CALL = re.compile(r"gateway: (\w+) (/\S+) \d+ \d+ ms")


class Clock:
    """The clocks of a router, which a test can move ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.monotonic_ahead = 0.0  # seconds

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.monotonic_ahead


class Environment:
    """One router with a resource group and an app name of its own."""

    def __init__(
        self, adapters: Adapters, arm: ArmEmulator, log: Path, management: Management
    ) -> None:
        self.arm = arm
        self.log = log
        self.management = management
        self.clock = Clock()
        self._adapters = adapters
        self._orchestrations = FakeOrchestrations()
        self.restart()

    def restart(self) -> None:
        """Discard everything that the router keeps in memory."""
        bound = bind(self._adapters, self.clock, self.clock.monotonic)
        self.context: Context = bound(self._orchestrations)

    async def register(self, version: str, **app: Any) -> None:
        """Register a release that is deployed on request."""
        packed = package(version, **app)
        wanted = Version.parse(version), packed, Deploy.ON_REQUEST
        await releases.register(self.context, *wanted)

    async def run(self, kind: OperationKind, version: str | None = None) -> Operation:
        """Begin an operation, deploying `version` if given, and return it once it has ended."""
        release = Version.parse(version) if version else None
        line = LineId.of(release) if release else LINE
        begun = await begin(self.context, line, kind, release)
        return await self.run_to_end(begun.id)

    async def drain(self) -> None:
        """Set an active line to draining, and check it until it is drained."""
        line = await self.line()
        if line.state is LineState.ACTIVE:
            drained = line_transitions.draining(line, self.context.now())
            line = await self.context.catalog.replace_line(drained)

        async def is_drained() -> bool:
            nonlocal line
            if line.state is not LineState.DRAINING or judgement.may_retire(self.context, line):
                return True
            line = await judgement.judged(self.context, line)
            return False

        await until(is_drained, bool, progress=lambda _: line.drain and line.drain.verdict)

    async def delete_manually(self) -> None:
        """Delete the app and its plan, as an operator may do in the portal."""
        line = await self.line()
        await self.context.platform.delete_app(line.function_app, LINE)
        await self.context.platform.delete_plan(line.plan, LINE)

    async def run_to_end(self, operation_id: str) -> Operation:
        """Run an operation as the orchestrator does, and return it once it has ended."""
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
        self, running_operation: Coroutine[Any, Any, Operation], *reasons: str
    ) -> Operation:
        """Return the operation's end, with the limit of each stuck step over at once.

        A step is stuck when it reports that it waits for one of these reasons.
        """
        task = asyncio.create_task(running_operation)
        while not task.done():
            step = await self._step()
            if step is not None and any(reason in str(step.detail) for reason in reasons):
                self._move_past_limit(step)
            await asyncio.sleep(POLL_SECONDS)
        return task.result()

    def _move_past_limit(self, step: Step) -> None:
        """Move the time ahead. It never goes back, as rows keep what it was."""
        assert step.started_at is not None
        limit = step.started_at + timedelta(seconds=self.context.settings.step_seconds + 1)
        self.clock.ahead += max(limit - self.clock(), timedelta())

    async def change_keys(self) -> None:
        """Change the keys of the line's app, as an operator may do in the portal."""
        line = await self.line()
        old = await self.context.platform.app_keys(line.function_app)
        async with aiohttp.ClientSession(headers={"x-functions-key": old.host}) as session:
            for key in ("systemkeys/durabletask_extension", "systemkeys/_master"):
                address = f"http://{line.host_name}/admin/host/{key}"
                async with session.post(address) as answer:
                    assert answer.status in (200, 201), await answer.text()

    async def _step(self) -> Step | None:
        line = await self.line()
        operation = line.operation and await self.context.catalog.operation(line.operation)
        steps = operation.steps if operation else ()
        running = (each for each in steps if each.state is Progress.RUNNING)
        return next(running, None)

    async def line(self) -> Line:
        return await get_line(self.context.catalog, LINE)

    def calls(self, since: int = 0) -> set[Call]:
        """Return every kind of call in Azure's log from this offset."""
        logged = _CALL.findall(self.log.read_text()[since:])
        return {(method, _kind_of(path)) for method, path in logged if self._group in path}

    async def inject(self, call: Call, effect: str, **others: Any) -> None:
        """Inject a fault into the next call of this kind."""
        method, path = call
        pattern = re.escape(path).replace(r"\*", "[^/]+") + "$"
        await self.arm.fault(effect, f"{self._group}(.*/)?{pattern}", method=method, **others)

    async def pending_faults(self) -> list[dict[str, Any]]:
        """Return the faults that no call has met yet."""
        left = await self.arm.faults()
        return [fault for fault in left if self._group in fault["path"]]

    async def clear_faults(self) -> None:
        """Remove the faults of all environments. Operations that never ended end as failed."""
        await self.arm.clear_faults()

    @property
    def _group(self) -> str:
        return f"/{self.context.settings.resource_group}/"


async def insist[Answer](activity: Callable[..., Awaitable[Answer]], *arguments: Any) -> Answer:
    """Return the result of an activity, repeated while storage is unreadable."""
    while True:
        try:
            return await activity(*arguments)
        except Unreadable:
            await asyncio.sleep(POLL_SECONDS)


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
) -> AsyncIterator[Environment]:
    """Open a router with these settings.

    `through` is the connection string by which the router alone reaches its storage.
    """
    async with management(settings) as own:
        await own.create_group(settings.location)
        adapters = Adapters(
            settings,
            reach=lambda account: through or account,
            storage_options=options,
            arm_timeout=arm_timeout,
        )
        environment = Environment(adapters, arm, log, own)
        try:
            yield environment
        finally:
            with contextlib.suppress(Exception):
                await environment.management.delete_app((await environment.line()).function_app)
            await adapters.close()


def settings(arm: ArmEmulator, storage: str, app: str, **others: str) -> Settings:
    """Return settings with short times."""
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
            "ROUTER_POLL_SECONDS": str(POLL_SECONDS),
            "ROUTER_STEP_SECONDS": "120",
            "ROUTER_SNAPSHOT_SECONDS": "0",
            "ROUTER_FORWARD_SECONDS": "2",
            "ROUTER_DRAIN_APART_SECONDS": "0",
            "ROUTER_VISIBILITY_SECONDS": "60",
            "ROUTER_MARGIN_SECONDS": "0",
            "ROUTER_AUTO_DRAIN": "false",
            **others,
        }
    )
