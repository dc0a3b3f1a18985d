"""Rebuild a lost catalog from the apps' tags in Azure and the releases stored with the packages.

Nothing is deleted, and existing rows are not changed. Rebuilding again, even concurrently, does
what is missing.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from router.apps.spec import new_line
from router.context import Context
from router.domain.errors import Exists
from router.domain.model import Line, LineEvent, Release, Resource
from router.domain.version import LineId
from router.operations.begin import resume
from router.recovery import rules as recovery_rules

_BATCH = 100  # lines in one transaction


@dataclass(frozen=True, slots=True)
class Recovered:
    """The lines and releases that were added, and the resources that no line uses."""

    lines: Sequence[Line]
    releases: Sequence[Release]
    left_over: Sequence[Resource]


async def recover(context: Context) -> Recovered:
    """Add the missing lines and releases to the catalog.

    Raises Unreadable, PlatformBusy or PlatformFailed. What was added by then is correct.
    """
    resources = await context.platform.resources()
    noted = await context.packages.noted()
    known = await context.catalog.lines()
    auto_drain = context.settings.auto_drain

    def blank(line_id: LineId) -> Line:
        return new_line(context.settings, line_id, context.now())

    found = recovery_rules.rebuilt(resources, noted, known, blank, auto_drain=auto_drain)
    added = [release for release in noted if await _is_added(context, release)]
    await _add_lines(context, found)
    for line in found:
        await _resume(context, line)
    return Recovered(found, added, await left_over(context, resources))


async def left_over(context: Context, resources: Sequence[Resource]) -> Sequence[Resource]:
    """Return the resources that no line has used for a while."""
    before = context.now() - timedelta(seconds=context.settings.step_seconds)
    return recovery_rules.left_over(resources, await context.catalog.lines(), before)


async def _add_lines(context: Context, lines: Sequence[Line]) -> None:
    """Add the lines after the releases and in one transaction, until which the catalog is lost.

    If they do not fit into one transaction, those with an app come last, because their monitors
    rebuild the catalog until they are added.
    """
    ordered = sorted(lines, key=lambda line: line.operation is not None)
    for start in range(0, len(ordered), _BATCH):
        with contextlib.suppress(Exists):  # lost the race against another rebuild
            await context.catalog.add_lines(ordered[start : start + _BATCH])


async def _is_added(context: Context, release: Release) -> bool:
    try:
        await context.catalog.add_release(release)
    except Exists:
        return False
    return True


async def _resume(context: Context, line: Line) -> None:
    app = f"function app {line.function_app}" if line.operation else "no app that runs a release"
    what = f"line missing in the catalog: rebuilt as {line.state}, with {app}"
    await context.catalog.add_event(line.id, LineEvent(line.since, what))
    await resume(context, line)
