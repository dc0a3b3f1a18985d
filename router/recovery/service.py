"""Rebuilds a catalog that was lost, from the tags of the apps in Azure and the packages' notes.

An empty catalog is believed only when neither tells of a line. Nothing is deleted, and what the
catalog knows is left as it is. Doing it again, or twice at once, does what is missing.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from router.context import Services
from router.domain.errors import Exists
from router.domain.model import Line, LineEvent, Release, Resource
from router.ports import Orchestrations
from router.recovery import rules as recovery_rules
from router.releases import service as releases

_AT_ONCE = 100  # lines: what one transaction takes


@dataclass(frozen=True, slots=True)
class Recovered:
    """What the catalog did not know, and what in Azure belongs to no line that has an app."""

    lines: Sequence[Line]
    releases: Sequence[Release]
    left_over: Sequence[Resource]


async def recover(services: Services, run: Orchestrations) -> Recovered:
    """Add to the catalog what it does not know. Raises Unreadable, PlatformBusy, PlatformFailed;
    nothing is added then, or what was is right."""
    resources = await services.platform.resources()
    noted = await services.packages.noted()
    known = await services.catalog.lines()
    found = recovery_rules.rebuilt(
        resources,
        noted,
        known,
        lambda line_id: releases.new_line(services, line_id),
        auto_drain=services.settings.auto_drain,
    )
    added = [release for release in noted if await _is_added(services, release)]
    # Last, and at once: until then the catalog counts as lost. Of more than one transaction takes,
    # those with an app come last: their monitors see to it that they come.
    ordered = sorted(found, key=lambda line: line.operation is not None)
    for start in range(0, len(ordered), _AT_ONCE):
        with contextlib.suppress(Exists):  # somebody else was quicker
            await services.catalog.add_lines(ordered[start : start + _AT_ONCE])
    for line in found:
        await _take_up(services, line, run)
    return Recovered(found, added, await left_over(services, resources))


async def left_over(services: Services, resources: Sequence[Resource]) -> Sequence[Resource]:
    """What in Azure belongs to no line that has an app, and has done so for a while."""
    before = services.now() - timedelta(seconds=services.settings.step_seconds)
    return recovery_rules.left_over(resources, await services.catalog.lines(), before)


async def _is_added(services: Services, release: Release) -> bool:
    try:
        await services.catalog.add_release(release)
    except Exists:
        return False
    return True


async def _take_up(services: Services, line: Line, run: Orchestrations) -> None:
    app = f"function app {line.function_app}" if line.operation else "no app that runs a release"
    told = f"the catalog did not know this line: rebuilt as {line.state}, with {app}"
    await services.catalog.add_event(line.id, LineEvent(line.since, told))
    await services.operations.resume(line, run)
