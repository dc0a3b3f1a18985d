"""The steps of an operation: what each one does to Azure and to the line.

A step is called until it says it is done, and may be called again after that: each finds out what
is there and does what is missing. Knows neither their order (the plan's) nor who calls.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from semver import Version

from router import appspec
from router.adapters.orchestrations import Orchestrations
from router.core import life
from router.core.errors import Changed, PlatformFailed
from router.core.model import Line, LineEvent, Operation
from router.core.names import monitor_id
from router.core.states import LineState
from router.wiring import Services

MONITOR: Final = "monitor_line"


@dataclass(frozen=True, slots=True)
class Work:
    """What a step works on. `line` was read when the step was called."""

    services: Services
    operation: Operation
    line: Line
    orchestrations: Orchestrations

    @property
    def release(self) -> Version:
        if self.operation.release is None:
            raise PlatformFailed(f"Operation {self.operation.id} names no release to deploy.")
        return self.operation.release

    def told(self, step: str) -> str | None:
        """What an earlier step of this operation said when it was done."""
        return next((each.detail for each in self.operation.steps if each.name == step), None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not done yet; `why` is shown while it waits."""

    why: str


StepFunction = Callable[[Work], Awaitable[str | Waiting]]
STEPS: Final[dict[str, StepFunction]] = {}
"""Every step by the name of its activity. A done step returns what it has to tell."""


def step(function: StepFunction) -> StepFunction:
    STEPS[function.__name__] = function
    return function


@step
async def create_plan(work: Work) -> str | Waiting:
    spec = appspec.of(work.line, work.services.settings)
    if await work.services.platform.put_plan(spec):
        return f"plan {spec.plan}"
    return Waiting(f"Azure is making the plan {spec.plan}")


@step
async def create_function_app(work: Work) -> str | Waiting:
    spec = appspec.of(work.line, work.services.settings)
    app = await work.services.platform.put_app(spec)
    if app is None:
        return Waiting(f"Azure is making the function app {spec.name}")
    if work.line.host_name != app.host_name:
        await work.services.catalog.replace_line(replace(work.line, host_name=app.host_name))
    return f"function app {app.name}"


@step
async def deploy_package(work: Work) -> str | Waiting:
    return await _deploy(work, work.release)


@step
async def restore_package(work: Work) -> str | Waiting:
    """Put back what was in place before a patch that did not come up."""
    if work.line.release is None:
        raise PlatformFailed(f"Line {work.line.id} has no earlier release to go back to.")
    return await _deploy(work, work.line.release)


async def _deploy(work: Work, version: Version) -> str | Waiting:
    release = await work.services.catalog.release(version)
    if release is None:
        raise PlatformFailed(f"Release {version} is not in the catalog. Register it again.")
    url = await work.services.packages.url(release.sha256)
    return await work.services.platform.deploy(work.line.function_app, url)


@step
async def await_deployment(work: Work) -> str | Waiting:
    return await _deployed(work, "deploy_package")


@step
async def await_restored(work: Work) -> str | Waiting:
    return await _deployed(work, "restore_package")


async def _deployed(work: Work, begun_by: str) -> str | Waiting:
    deployment_id = work.told(begun_by) or ""
    found = await work.services.platform.deployment(work.line.function_app, deployment_id)
    if not found.finished:
        return Waiting(found.detail or "Azure is putting the package in place")
    if found.error is not None:
        raise PlatformFailed(f"Deploying to {work.line.function_app} failed: {found.error}")
    return "package in place"


@step
async def await_health(work: Work) -> str | Waiting:
    return await _healthy(work)


@step
async def await_restored_health(work: Work) -> str | Waiting:
    return await _healthy(work)


async def _healthy(work: Work) -> str | Waiting:
    work.services.keys.forget(work.line.function_app)
    route = await work.services.forwarding.route(work.line, for_health=True)
    wrong = await work.services.upstream.health(route)
    return "the app is healthy" if wrong is None else Waiting(wrong)


@step
async def open_line(work: Work) -> str | Waiting:
    """Open the line to starts, let lower ones drain, and set its monitor to work."""
    services, line = work.services, work.line
    if line.operation == work.operation.id:
        opened = life.opened(line, line.host_name or "", services.now())
        line = await services.catalog.replace_line(opened)
    if services.settings.auto_drain:
        for lower in life.superseded(await services.catalog.lines(), line):
            await _begin_draining(services, lower, line)
    await work.orchestrations.start(MONITOR, monitor_id(line.id), {"line": str(line.id)})
    return f"line {line.id} serves {line.release}"


async def _begin_draining(services: Services, line: Line, above: Line) -> None:
    now = services.now()
    try:
        await services.catalog.replace_line(life.drained_from(line, now))
    except Changed:
        fresh = await services.catalog.line(line.id)
        if fresh is not None and fresh.state is LineState.ACTIVE:
            await _begin_draining(services, fresh, above)
        return
    told = LineEvent(now, f"draining: line {above.id} is active")
    await services.catalog.add_event(line.id, told)


@step
async def record_release(work: Work) -> str | Waiting:
    if work.line.operation == work.operation.id:
        await work.services.catalog.replace_line(life.recorded(work.line))
    return f"line {work.line.id} serves {work.release}"


