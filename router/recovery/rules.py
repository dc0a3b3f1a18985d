"""Rebuild a lost catalog from Azure's resources and the releases stored with the packages.

Known lines are never overwritten. A line whose app exists is repaired under the same names, as
every step reads what exists and does what is missing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from semver import Version

from router.domain import line_transitions
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind, Release, Resource
from router.domain.version import LineId
from router.operations import rules as operation_rules

_WITHOUT_APP = (LineState.REGISTERED, LineState.RETIRED)


def rebuilt(
    resources: Sequence[Resource],
    releases: Iterable[Release],
    known: Sequence[Line],
    blank: Callable[[LineId], Line],
    *,
    auto_drain: bool,
) -> list[Line]:
    """Return the unknown lines to which a resource or a release belongs.

    `blank` returns a line as registered, with `since` set to now.
    """
    versions = {release.version for release in releases}
    found = {resource.line for resource in resources} | {LineId.of(version) for version in versions}
    missing = sorted(found - {line.id for line in known})
    lines = [_line(blank(line_id), resources, versions) for line_id in missing]
    serving = [each.id for each in (*known, *lines) if each.state is LineState.ACTIVE]
    return [
        line_transitions.draining(line, line.since)
        if auto_drain and line.state is LineState.ACTIVE and line.id != max(serving)
        else line
        for line in lines
    ]


def left_over(
    resources: Iterable[Resource], lines: Iterable[Line], before: datetime
) -> list[Resource]:
    """Return the resources of lines without an app since `before`, and any beside a line's own."""
    owners = {line.id: line for line in lines}
    return [each for each in resources if _is_left_over(each, owners.get(each.line), before)]


def _line(blank: Line, resources: Sequence[Resource], releases: set[Version]) -> Line:
    app = next((each for each in resources if each.is_app and each.line == blank.id), None)
    plan = next((each for each in resources if not each.is_app and each.line == blank.id), None)
    # A number that no earlier operation had, as theirs may still be running.
    line = replace(blank, operations=int(blank.since.timestamp()))
    if plan is not None:
        line = replace(line, plan=plan.name)
    if app is None:
        return line
    task_hub = app.task_hub or line.task_hub
    line = replace(line, function_app=app.name, task_hub=task_hub, hub=app.hub)
    if app.release not in releases:
        return line
    serving = replace(line, state=LineState.ACTIVE, release=app.release)
    return operation_rules.begin(serving, OperationKind.REPAIR, None, line.since)[0]


def _is_left_over(resource: Resource, line: Line | None, before: datetime) -> bool:
    if line is None or line.since > before:
        return False
    is_named = resource.name in (line.function_app, line.plan)
    return not is_named or (line.state in _WITHOUT_APP and line.operation is None)
