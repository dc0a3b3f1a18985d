"""The catalog, rebuilt from what Azure and the packages tell, should it have been lost.

What is known of a line is never overwritten. A line whose app is there is repaired under the same
names: every step finds what is there and does what is missing. Knows nothing of how things are
listed.
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
    """The lines that Azure or a package tells of and that are not known. `blank`: a line as it
    is when its first release is registered; its `since` is now."""
    versions = {release.version for release in releases}
    told = {resource.line for resource in resources} | {LineId.of(version) for version in versions}
    missing = sorted(told - {line.id for line in known})
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
    """What is in Azure of a line that has had no app since `before`, or beside what it has."""
    owners = {line.id: line for line in lines}
    return [each for each in resources if _is_left_over(each, owners.get(each.line), before)]


def _line(blank: Line, resources: Sequence[Resource], releases: set[Version]) -> Line:
    app = next((each for each in resources if each.is_app and each.line == blank.id), None)
    made = next((each for each in resources if not each.is_app and each.line == blank.id), None)
    # A number that no earlier operation had: theirs may still be under way.
    line = replace(blank, operations=int(blank.since.timestamp()))
    if made is not None:
        line = replace(line, plan=made.name)
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
