"""The steps that bring a line up, put a patch in place, and put back what was there before.

Each one is idempotent: it looks at what is there and does what is missing. Knows neither their
order (the plan's) nor who calls.
"""

from dataclasses import replace

from semver import Version

from router.apps import redaction, spec
from router.context import Services
from router.domain import line_transitions
from router.domain.capacity import why_no_place
from router.domain.errors import Changed, PlatformFailed
from router.domain.line_states import LineState
from router.domain.model import Line, LineEvent
from router.operations.step import Waiting, Work


async def create_plan(work: Work) -> str | Waiting:
    services = work.services
    lines = await services.catalog.lines()
    if no_place := why_no_place(work.line, lines, services.settings.max_lines):
        return Waiting(no_place, limited=True)
    spec = spec.of(work.line, services.settings)
    if await services.platform.put_plan(spec):
        return f"plan {spec.plan}"
    return Waiting(f"Azure is making the plan {spec.plan}")


async def create_function_app(work: Work) -> str | Waiting:
    services, line = work.services, work.line
    spec.must_be_here(line, services.settings)
    if line.hub is None:  # written first: whatever is set later, the hub is judged by what it was
        hub = spec.hub_of(line, services.settings)
        line = await services.catalog.replace_line(replace(line, hub=hub))
    spec = spec.of(line, services.settings)
    app = await services.platform.put_app(spec)
    if app is None:
        return Waiting(f"Azure is making the function app {spec.name}")
    if line.host_name != app.host_name:
        await services.catalog.replace_line(replace(line, host_name=app.host_name))
    return f"function app {app.name}"


async def deploy_package(work: Work) -> str | Waiting:
    return await _deploy(work, work.release)


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
    await work.services.platform.note_release(work.line.function_app, version)
    return await work.services.platform.deploy(work.line.function_app, url)


async def await_deployment(work: Work) -> str | Waiting:
    return await _deployed(work, "deploy_package")


async def await_restored(work: Work) -> str | Waiting:
    return await _deployed(work, "restore_package")


async def _deployed(work: Work, begun_by: str) -> str | Waiting:
    deployment_id = work.told(begun_by) or ""
    found = await work.services.platform.deployment(work.line.function_app, deployment_id)
    if not found.finished:
        return Waiting(_said(work, found.detail or "Azure is putting the package in place"))
    if found.error is not None:
        said = _said(work, found.error)
        raise PlatformFailed(f"Deploying to {work.line.function_app} failed: {said}")
    return "package in place"


async def await_health(work: Work) -> str | Waiting:
    return await _healthy(work)


async def await_restored_health(work: Work) -> str | Waiting:
    return await _healthy(work)


async def _healthy(work: Work) -> str | Waiting:
    wrong = await work.services.forwarding.health(work.line)
    return "the app is healthy" if wrong is None else Waiting(_said(work, wrong))


def _said(work: Work, text: str) -> str:
    """What others said of an app, who may have read its settings."""
    return redaction.fit(text, spec.secrets(work.services.settings))


async def open_line(work: Work) -> str | Waiting:
    """Open the line to starts, and let lower ones drain."""
    services, line = work.services, work.line
    if line.operation == work.operation.id:
        opened = line_transitions.opened(line, line.host_name or "", services.now())
        line = await services.catalog.replace_line(opened)
    # The monitor of a line that was retired may have ended since this operation began.
    await services.operations.see_watched(line.id, work.orchestrations)
    if services.settings.auto_drain:
        for lower in line_transitions.superseded(await services.catalog.lines(), line):
            await _begin_draining(services, lower, line)
    return f"line {line.id} serves {line.release}"


async def _begin_draining(services: Services, line: Line, above: Line) -> None:
    now = services.now()
    try:
        await services.catalog.replace_line(line_transitions.drained_from(line, now))
    except Changed:
        fresh = await services.catalog.line(line.id)
        if fresh is not None and fresh.state is LineState.ACTIVE:
            await _begin_draining(services, fresh, above)
        return
    told = LineEvent(now, f"draining: line {above.id} is active")
    await services.catalog.add_event(line.id, told)


async def record_release(work: Work) -> str | Waiting:
    if work.line.operation == work.operation.id:
        await work.services.catalog.replace_line(line_transitions.recorded(work.line))
    return f"line {work.line.id} serves {work.release}"
