"""Registers releases: the package is checked and stored, then the catalog says so, then it goes in.

In that order, so that a release that the catalog knows always has its package. Doing it again
does what is missing. Knows no HTTP.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from semver import Version

from router.context import Services
from router.domain import resource_names, rollout
from router.domain.capacity import must_have_place
from router.domain.errors import Exists, Refusal
from router.domain.line_states import SERVES, LineState, Starts
from router.domain.model import Line, LineEvent, Operation, OperationKind, Release
from router.domain.version import LineId
from router.operations.rules import operation_running
from router.ports import Orchestrations
from router.releases.package import inspect


class Deploy(StrEnum):
    """When a release is put in place."""

    AUTO = "auto"  # a patch of a serving line now, a new line with its first start
    NOW = "now"
    ON_REQUEST = "on-request"


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of it: `new` unless the very same package was there; an operation if one began."""

    release: Release
    line: Line
    new: bool
    operation: Operation | None


async def register(
    services: Services,
    version: Version,
    package: bytes,
    deploy: Deploy,
    orchestrations: Orchestrations,
) -> Registered:
    """Refusal 422 bad-package, 409 release-exists; Unavailable 429 limit-reached; nothing is
    stored then."""
    await asyncio.to_thread(inspect, package)  # in proportion to what it unpacks to
    wanted = Release(
        version,
        (await asyncio.to_thread(sha256, package)).hexdigest(),
        len(package),
        services.now(),
        on_request=deploy is Deploy.ON_REQUEST,
    )
    if deploy is Deploy.NOW:
        await _must_have_place(services, wanted.line)
    release = await services.catalog.release(version) or wanted
    _must_be_same(release, wanted)
    await services.snapshots.get()  # not while the catalog is lost: one line would hide the others
    await services.packages.put(wanted.sha256, package)
    await _add_line(services, wanted)
    new = await _add(services, wanted)
    await services.packages.note(wanted if new else release)
    # Read behind that: an operation that holds the line still will see the release at its end.
    line = await services.operations.line(wanted.line)
    operation = await _deploy(services, line, version, deploy, orchestrations)
    await services.snapshots.refresh()
    line = await services.operations.line(line.id)
    return Registered(release if not new else wanted, line, new, operation)


async def _deploy(
    services: Services, line: Line, version: Version, deploy: Deploy, run: Orchestrations
) -> Operation | None:
    """The operation that puts the release in place, begun by this or by somebody who was quicker;
    None where none is due, or another one holds the line: that one's end sees to what was
    registered meanwhile."""
    kind = deployment(line, version, deploy)
    if line.operation is None and kind is not None:
        with contextlib.suppress(Refusal):
            return await services.operations.begin(line.id, kind, version, run)
        line = await services.operations.line(line.id)
    if line.operation is None:
        return None
    await services.operations.resume(line, run)  # should its beginning have been cut off
    if line.deploying == version:
        return await services.catalog.operation(line.operation)
    if deploy is Deploy.NOW and resource_names.operation_kind(line.operation) in _TAKES_AWAY:
        raise operation_running(line)  # which would end without it
    return None


def deployment(line: Line, version: Version, deploy: Deploy) -> OperationKind | None:
    """The operation that puts a release in place now, if it is to go in now."""
    if deploy is Deploy.ON_REQUEST or (line.release is not None and version < line.release):
        return None
    if _serves(line) and line.release is not None:
        by_itself = rollout.goes_in(line.release, version)
        asked = deploy is Deploy.NOW and version > line.release
        return OperationKind.PATCH if by_itself or asked else None
    provisions = {LineState.FAILED} if deploy is Deploy.AUTO else _IDLE
    return OperationKind.PROVISION if line.state in provisions else None


_TAKES_AWAY = {OperationKind.RETIRE, OperationKind.SWEEP}
_IDLE = {LineState.REGISTERED, LineState.RETIRED, LineState.FAILED}


def _serves(line: Line) -> bool:
    return SERVES[line.state] is Starts.FORWARDED


async def _must_have_place(services: Services, line_id: LineId) -> None:
    lines = (await services.snapshots.refresh()).lines
    line = lines.get(line_id) or new_line(services, line_id)
    settings = services.settings
    must_have_place(line, lines.values(), settings.max_lines, settings.monitor_seconds)


async def _add(services: Services, release: Release) -> bool:
    try:
        await services.catalog.add_release(release)
    except Exists:
        found = await services.catalog.release(release.version)
        _must_be_same(found or release, release)
        return False
    told = LineEvent(release.registered_at, f"release {release.version} registered")
    await services.catalog.add_event(release.line, told)
    return True


async def _add_line(services: Services, release: Release) -> None:
    """Make the release's line, when this is its first release."""
    if await services.catalog.line(release.line) is None:
        with contextlib.suppress(Exists):
            await services.catalog.add_line(new_line(services, release.line))


def new_line(services: Services, line: LineId) -> Line:
    """A line as it is when its first release is registered."""
    settings = services.settings
    app = settings.app_name
    scope = resource_names.scope_of(settings.subscription_id, settings.resource_group)
    return Line(
        line,
        LineState.REGISTERED,
        services.now(),
        function_app=resource_names.function_app(app, line, scope),
        plan=resource_names.plan(app, line, scope),
        task_hub=resource_names.task_hub(app, line),
    )


def _must_be_same(known: Release, wanted: Release) -> None:
    if known.sha256 != wanted.sha256:
        raise Refusal(
            409,
            "release-exists",
            f"Release {wanted.version} exists with another package. A release never changes: "
            "raise the patch version.",
            sha256=known.sha256,
        )
