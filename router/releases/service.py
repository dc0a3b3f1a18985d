"""Register releases: check and store the package, add it to the catalog, then deploy it.

In that order, a release in the catalog always has its package. Registering a release again
completes what is missing.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from semver import Version

from router.apps.spec import host_json_options, new_line
from router.context import Context
from router.domain.capacity import require_capacity
from router.domain.errors import Exists, Refusal
from router.domain.model import Line, LineEvent, Operation, OperationKind, Release
from router.domain.rollout import Deploy, operation_to_deploy
from router.domain.version import LineId
from router.line_rows import get_line
from router.operations.begin import begin, resume
from router.operations.rules import operation_running
from router.releases.app_files import SCRIPT
from router.releases.host_json import require_azure_storage, with_options
from router.releases.package import inspect, warnings
from router.releases.prepared_package import host_json_of

_SCRIPT_SETTING = "PYTHON_SCRIPT_FILE_NAME"
_REMOVES_APP = {OperationKind.RETIRE, OperationKind.CLEAN_UP}


@dataclass(frozen=True, slots=True)
class Registered:
    """The release, which is `new` unless it existed, and the operation that deploys it, if any."""

    release: Release
    line: Line
    new: bool
    operation: Operation | None


async def register(
    context: Context, version: Version, package: bytes, deploy: Deploy, *, removes: bool = False
) -> Registered:
    """Register a release, and begin its deployment if one is due.

    `removes`: as a patch it may lack functions of the release that it replaces.
    Nothing is stored when this raises Refusal 422 bad-package, 400 unsupported-provider or 409
    release-exists, or Unavailable 429 limit-reached.
    """
    wanted = replace(await _release(context, version, package, deploy), removes=removes)
    if deploy is Deploy.NOW:
        await _require_capacity(context, wanted.line)
    release = await context.catalog.release(version) or wanted
    _require_same(release, wanted)
    await context.snapshots.get()  # raises while the catalog is lost: one line would hide that
    await context.packages.put(wanted.sha256, package)
    await _add_line(context, wanted)
    new = await _add(context, wanted)
    await context.packages.note(wanted if new else release)
    # Read the line last: an operation that still holds it will see the release when it ends.
    line = await get_line(context.catalog, wanted.line)
    operation = await _deploy(context, line, version, deploy)
    await context.snapshots.refresh()
    line = await get_line(context.catalog, line.id)
    return Registered(wanted if new else release, line, new, operation)


async def _release(context: Context, version: Version, package: bytes, deploy: Deploy) -> Release:
    script = str(context.settings.line_settings.get(_SCRIPT_SETTING) or SCRIPT)
    # These take long for a large package.
    await asyncio.to_thread(inspect, package, script=script)
    document = await asyncio.to_thread(host_json_of, package)
    require_azure_storage(document)
    digest = (await asyncio.to_thread(sha256, package)).hexdigest()
    return Release(
        version,
        digest,
        len(package),
        context.now(),
        on_request=deploy is Deploy.ON_REQUEST,
        warnings=(
            *await asyncio.to_thread(warnings, package, script),
            *await _overridden(context, LineId.of(version), document),
        ),
    )


async def _overridden(
    context: Context, line_id: LineId, document: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return which options of the package its line overrides."""
    line = await context.catalog.line(line_id)
    line = line or new_line(context.settings, line_id, context.now())
    _, found = with_options(document, host_json_options(line, context.settings))
    return tuple(found)


async def _deploy(
    context: Context, line: Line, version: Version, deploy: Deploy
) -> Operation | None:
    """Return the operation that deploys the release, whichever call began it.

    None if no deployment is due, or if another operation holds the line. A deployment that is due
    begins when that one ends.
    """
    kind = operation_to_deploy(line, version, deploy)
    if line.operation is None and kind is not None:
        with contextlib.suppress(Refusal):
            return await begin(context, line.id, kind, version)
        line = await get_line(context.catalog, line.id)
    if line.operation is None:
        return None
    await resume(context, line)  # in case a crash interrupted its beginning
    if line.deploying == version:
        return await context.catalog.operation(line.operation)
    if deploy is Deploy.NOW and line.operation_kind in _REMOVES_APP:
        raise operation_running(line)  # which will not deploy the release when it ends
    return None


async def _require_capacity(context: Context, line_id: LineId) -> None:
    lines = (await context.snapshots.refresh()).lines
    settings = context.settings
    line = lines.get(line_id) or new_line(settings, line_id, context.now())
    require_capacity(line, lines.values(), settings.max_lines, settings.monitor_seconds)


async def _add(context: Context, release: Release) -> bool:
    try:
        await context.catalog.add_release(release)
    except Exists:
        found = await context.catalog.release(release.version)
        _require_same(found or release, release)
        return False
    event = LineEvent(release.registered_at, f"release {release.version} registered")
    await context.catalog.add_event(release.line, event)
    return True


async def _add_line(context: Context, release: Release) -> None:
    """Add the release's line if this is its first release."""
    if await context.catalog.line(release.line) is None:
        with contextlib.suppress(Exists):
            line = new_line(context.settings, release.line, context.now())
            await context.catalog.add_line(line)


def _require_same(known: Release, wanted: Release) -> None:
    if known.sha256 != wanted.sha256:
        raise Refusal(
            409,
            "release-exists",
            f"Release {wanted.version} exists with another package. A release is immutable: "
            "register a new patch version.",
            sha256=known.sha256,
        )
