"""Bring the router's current settings to the app of a line that is up.

An app keeps the settings that it was created with until then. Only a rotated key is brought to it
automatically, because every change restarts the app.
"""

from dataclasses import replace
from datetime import timedelta

from router.apps import app_settings, spec, stores
from router.context import Context
from router.domain import reserved_settings
from router.domain.app_health import HostReport
from router.domain.errors import PlatformFailed
from router.domain.model import Line, OperationKind, Progress, Step
from router.line_rows import update_line
from router.lines import pausing
from router.operations.due import require_due
from router.operations.step import Pending, Result, Work
from router.ports import AppSpec

_UNCHANGED = "the app has the router's settings"
_CLOCK_SKEW = timedelta(seconds=2)


async def update_settings(work: Work) -> Result:
    """Put the router's settings on the app where they differ, beside what others added there."""
    step = work.step("update_settings")
    try:
        return await _updated(work, step)
    except Exception as error:  # an earlier call may have paused the host
        await pausing.undo(work, step, error)
        raise


async def _updated(work: Work, step: Step) -> Result:
    context, line = work.context, work.line
    stores.require_account(line, context.settings)
    wanted = spec.app_spec(line, context.settings)
    found = await context.platform.settings(wanted.name)
    if found is None:
        raise PlatformFailed(
            f"There is no function app {wanted.name}, which is created again first"
        )
    app_settings.require_same_queues(found, wanted.settings)
    merged = app_settings.merged(found, wanted.settings, wanted.former)
    changed = sorted(name for name in merged.keys() | found if merged.get(name) != found.get(name))
    if changed:
        await pausing.pause(work)
        await require_due(work, step.name)
        await context.platform.replace_settings(wanted.name, merged)
    await remember(context, line, wanted)
    return f"the app has new settings: {', '.join(changed)}" if changed else _UNCHANGED


async def remember(context: Context, line: Line, put: AppSpec) -> Line:
    """Record which settings are on the line's app, and return its row."""
    applied = app_settings.applied(put.settings)
    updated = await update_line(context.catalog, line, lambda row: replace(row, applied=applied))
    return updated.line


async def has_old_keys(context: Context, line: Line) -> bool:
    """Return True if the router's connections differ from those on the line's app."""
    wanted = spec.app_spec(line, context.settings)
    if line.applied is not None:
        return line.applied.connections != app_settings.applied(wanted.settings).connections
    found = await context.platform.settings(wanted.name) or {}
    if any(
        found.get(name) != value
        for name, value in wanted.settings.items()
        if reserved_settings.is_connection(name)
    ):
        return True
    own = {name: value for name, value in found.items() if name in wanted.settings}
    await remember(context, line, replace(wanted, settings=own))
    return False


def restarts(work: Work, report: HostReport) -> Pending | None:
    """Return that a refreshed app's host has not restarted yet, or None if it has.

    It is not waited for any longer than a host may be paused. One that still is gets restarted.
    """
    if work.operation.kind is not OperationKind.REFRESH or report.uptime is None:
        return None
    put = work.step("update_settings")
    if put.state is not Progress.SUCCEEDED or put.detail == _UNCHANGED or put.ended_at is None:
        return None
    now = work.context.now()
    began = now - timedelta(seconds=report.uptime)
    if began >= put.ended_at - _CLOCK_SKEW or now - put.ended_at > pausing.LONGEST_PAUSE:
        return None
    return Pending("the app's host has not restarted with its new settings yet")
