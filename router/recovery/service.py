"""Rebuild a lost catalog from the tags of the apps in Azure and the notes beside the packages.

Nothing is deleted, and what the catalog knows is left as it is. Rebuilding again, or twice at the
same time, does what is missing.
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

_AT_ONCE = 100  # lines that one transaction takes


@dataclass(frozen=True, slots=True)
class Recovered:
    """What the catalog did not know, and what in Azure belongs to no line that has an app."""

    lines: Sequence[Line]
    releases: Sequence[Release]
    left_over: Sequence[Resource]


async def recover(context: Context) -> Recovered:
    """Add to the catalog what it does not know.

    Raises Unreadable, PlatformBusy or PlatformFailed. Whatever was added until then is right.
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
    """Return what in Azure has for a while belonged to no line that has an app."""
    before = context.now() - timedelta(seconds=context.settings.step_seconds)
    return recovery_rules.left_over(resources, await context.catalog.lines(), before)


async def _add_lines(context: Context, lines: Sequence[Line]) -> None:
    """Add them last and at once, as the catalog counts as lost until then.

    When there are more than one transaction takes, those with an app come last: their monitors
    see to it that they are added.
    """
    ordered = sorted(lines, key=lambda line: line.operation is not None)
    for start in range(0, len(ordered), _AT_ONCE):
        with contextlib.suppress(Exists):  # lost the race against another rebuild
            await context.catalog.add_lines(ordered[start : start + _AT_ONCE])


async def _is_added(context: Context, release: Release) -> bool:
    try:
        await context.catalog.add_release(release)
    except Exists:
        return False
    return True


async def _resume(context: Context, line: Line) -> None:
    app = f"function app {line.function_app}" if line.operation else "no app that runs a release"
    what = f"the catalog did not know this line: rebuilt as {line.state}, with {app}"
    await context.catalog.add_event(line.id, LineEvent(line.since, what))
    await resume(context, line)
