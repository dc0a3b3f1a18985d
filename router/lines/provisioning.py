"""The steps that bring a line up, deploy a patch, and roll a failed patch back.

Each step is idempotent: it reads what exists and does what is missing.
"""

import asyncio
import contextlib
from dataclasses import replace

from semver import Version

from router.apps import app_settings, redaction, spec, stores
from router.context import Context
from router.domain import line_transitions
from router.domain.app_health import HealthWatch
from router.domain.capacity import capacity_shortage
from router.domain.errors import PlatformFailed, Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, LineEvent, OperationKind, Release, Step
from router.line_rows import update_line
from router.lines import background, health_rules, pausing, refreshing, stopped
from router.operations.begin import ensure_monitored
from router.operations.due import require_due
from router.operations.step import Pending, Result, Work
from router.releases.prepared_package import prepared
from router.releases.removal import drop_old_packages, drop_prepared

_ENTITY, _SHOWN = "entity ", 5


async def create_plan(work: Work) -> Result:
    """Create the line's plan, once there is capacity for the line."""
    context = work.context
    lines = await context.catalog.lines()
    if shortage := capacity_shortage(work.line, lines, context.settings.max_lines):
        return Pending(shortage, for_capacity=True)
    app_spec = spec.app_spec(work.line, context.settings)
    if await context.platform.put_plan(app_spec):
        return f"plan {app_spec.plan}"
    return Pending(f"Azure is creating the plan {app_spec.plan}")


async def create_function_app(work: Work) -> Result:
    """Create the line's function app with its settings."""
    context, line = work.context, work.line
    stores.require_account(line, context.settings)
    if line.hub is None:  # written first, as the hub is judged by these even after settings change
        hub = spec.hub_settings(line, context.settings)
        line = await context.catalog.replace_line(replace(line, hub=hub))
    line = await background.arrange(context, line, await context.catalog.lines())
    app_spec = spec.app_spec(line, context.settings)
    if work.operation.kind is OperationKind.REPAIR:
        found = await context.platform.settings(app_spec.name) or {}
        app_settings.require_same_queues(found, app_spec.settings)
    app = await context.platform.put_app(app_spec)
    if app is None:
        return Pending(f"Azure is creating the function app {app_spec.name}")
    line = await refreshing.remember(context, line, app_spec)
    if line.host_name != app.host_name:
        await context.catalog.replace_line(replace(line, host_name=app.host_name))
    return f"function app {app.name}"


async def deploy_package(work: Work) -> Result:
    """Begin the deployment of the operation's release, and return the deployment's id."""
    return await _deploy(work, work.release, work.step("deploy_package"))


async def restore_package(work: Work) -> Result:
    """Begin the deployment of the release that was deployed before a failed patch."""
    return await _deploy(work, _earlier(work), work.step("restore_package"))


def _earlier(work: Work) -> Version:
    if work.line.release is None:
        raise PlatformFailed(f"Line {work.line.id} has no earlier release to roll back to.")
    return work.line.release


async def _deploy(work: Work, version: Version, step: Step) -> Result:
    is_patch = work.operation.kind is OperationKind.PATCH
    if waiting := await stopped.wait_for(work):
        return waiting
    try:
        url = await _prepared(work, await _registered(work, version))
        await require_due(work, step.name)  # preparing a large package takes long
        await work.context.platform.tag_release(work.line.function_app, version)
        if is_patch:
            await pausing.pause(work)
        await require_due(work, step.name)
        return await work.context.platform.deploy(work.line.function_app, url)
    except Exception as error:
        await pausing.undo(work, step, error)
        raise


async def _registered(work: Work, version: Version) -> Release:
    release = await work.context.catalog.release(version)
    if release is None:
        raise PlatformFailed(f"Release {version} is not in the catalog. Register it again.")
    return release


async def _prepared(work: Work, release: Release) -> str:
    """Store the release's package with the line's own options, and return its URL."""
    packages, settings = work.context.packages, work.context.settings
    options = spec.host_json_options(work.line, settings, release.sha256)
    package = await packages.content(release.sha256)
    digest, package = await asyncio.to_thread(prepared, package, options)  # long for a large one
    return await packages.put_prepared(work.line.id, digest, package)


async def await_deployment(work: Work) -> Result:
    """Wait until Azure has deployed the package."""
    return await _deployed(work, work.step("await_deployment"), "deploy_package")


async def await_restored(work: Work) -> Result:
    """Wait until Azure has deployed the earlier package."""
    return await _deployed(work, work.step("await_restored"), "restore_package")


async def _deployed(work: Work, step: Step, begun_by: str) -> Result:
    app = work.line.function_app
    deployment_id = work.result_of(begun_by) or ""
    found = await work.context.platform.deployment(app, deployment_id)
    if not (found.listed and found.finished):
        await pausing.limit(work, step)
    if not found.listed:  # Azure stops listing a deployment to an app that it then starts
        return (
            "package deployed" if step.seen else Pending("Azure does not list the deployment yet")
        )
    if not found.finished:
        detail = _redacted(work, found.detail or "Azure is deploying the package")
        return Pending(detail, seen=True)
    if found.error is not None:
        raise PlatformFailed(f"Deploying to {app} failed: {_redacted(work, found.error)}")
    return "package deployed"


async def await_health(work: Work) -> Result:
    """Wait until the app's host runs the release's functions and Durable answers.

    A patch has to keep the functions of the release that it replaces, which other instances may
    need, unless it was registered as one that removes some.
    """
    release = await _registered(work, work.release)
    keeps = work.operation.kind is OperationKind.PATCH and not release.removes
    wanted = work.line.functions if keeps else ()
    return await _healthy(work, work.step("await_health"), release, wanted)


async def await_restored_health(work: Work) -> Result:
    """Wait until the app's host runs the functions of its earlier package."""
    release = await _registered(work, _earlier(work))
    return await _healthy(work, work.step("await_restored_health"), release)


async def _healthy(
    work: Work, step: Step, release: Release, wanted: tuple[str, ...] = ()
) -> Result:
    context, package = work.context, spec.package_name(release.sha256)
    report, watch = await context.apps.report(work.line), step.watch or HealthWatch()
    if report.unready is not None and (waiting := await stopped.wait_for(work)):
        return waiting
    if waiting := refreshing.restarts(work, report):
        return waiting
    match health_rules.judge(report, watch, context.now(), package=package, wanted=wanted):
        case health_rules.Waiting(reason, seen):
            await pausing.limit(work, step)
            seen = replace(seen, problem=seen.problem and _redacted(work, seen.problem))
            return Pending(_redacted(work, reason), watch=seen)
        case health_rules.Broken(reason):
            app = work.line.function_app
            raise PlatformFailed(f"{app} does not work: {_redacted(work, reason)}")
        case health_rules.Healthy(names):
            if waiting := await pausing.resume(work):
                return waiting
            await context.platform.sync_triggers(work.line.function_app)
            known, own = background.storable(names), background.known(report.functions)
            if (work.line.functions, work.line.background) != (known, own):
                row = replace(work.line, functions=known, background=own)
                await context.catalog.replace_line(row)
                await _warn_of_entities(context, work.line, names)
    return f"the app runs release {release.version}"


async def _warn_of_entities(context: Context, line: Line, functions: tuple[str, ...]) -> None:
    """Record it as an event if the app has entities whose state is not the line's own."""
    entities = [name.removeprefix(_ENTITY) for name in functions if name.startswith(_ENTITY)]
    if not entities or stores.has_own(line, context.settings):
        return
    named = ", ".join(entities[:_SHOWN]) + (", …" if len(entities) > _SHOWN else "")
    what = (
        f"warning: its app has entities ({named}), and with shared tables other lines change their "
        "state, and cleaning up a line deletes it. See docs/concepts.md, What lines share"
    )
    await context.catalog.add_event(line.id, LineEvent(context.now(), what))


def _redacted(work: Work, text: str) -> str:
    """Redact a text of Azure or the app's host, both of which know the app's settings."""
    return redaction.redact(text, spec.secrets(work.context.settings))


async def open_line(work: Work) -> Result:
    """Open the line to starts and begin to drain lower lines."""
    context, line = work.context, work.line
    if work.is_in_charge:
        await drop_prepared(context, line)
        opened = line_transitions.opened(line, line.host_name or "", context.now())
        line = await context.catalog.replace_line(opened)
    await drop_old_packages(context, line)
    # The monitor of a retired line may have ended since this operation began.
    await ensure_monitored(context, line.id)
    if context.settings.auto_drain:
        for lower in line_transitions.superseded(await context.catalog.lines(), line):
            await _begin_draining(context, lower, line)
    return f"line {line.id} serves {line.release}"


async def _begin_draining(context: Context, line: Line, above: Line) -> None:
    def drained(found: Line) -> Line:
        is_active = found.state is LineState.ACTIVE
        return line_transitions.draining(found, context.now()) if is_active else found

    with contextlib.suppress(Refusal):  # the row was lost with the catalog
        updated = await update_line(context.catalog, line, drained)
        if updated.written:
            event = LineEvent(updated.line.since, f"draining: line {above.id} is active")
            await context.catalog.add_event(line.id, event)


async def record_release(work: Work) -> Result:
    """Record that the release is deployed."""
    if work.is_in_charge:
        await drop_prepared(work.context, work.line)
        deployed = line_transitions.deployed(work.line)
        await drop_old_packages(work.context, await work.context.catalog.replace_line(deployed))
    return f"line {work.line.id} serves {work.release}"
