"""Remove releases that were never put in place, and delete packages that are no longer needed."""

import contextlib
import logging
from dataclasses import replace

from semver import Version

from router.context import Context
from router.domain import rollout
from router.domain.errors import TRANSIENT_ERRORS, Exists, Refusal
from router.domain.line_transitions import without
from router.domain.model import Line, LineEvent, Release
from router.domain.stored_text import require_known
from router.line_rows import update_line

_log = logging.getLogger("router.releases")


async def remove(context: Context, release: Release, reason: str | None = None) -> None:
    """Delete a release, its metadata and its package.

    A start may begin to deploy it at the same time, so its line is read again afterwards.

    Raises Refusal 409 release-in-use.
    """
    _require_unused(await context.catalog.line(release.line), release.version)
    await context.packages.forget(release)
    await context.catalog.drop_release(release.version)
    line = await context.catalog.line(release.line)
    try:
        _require_unused(line, release.version)
    except Refusal:
        await _put_back(context, release)
        raise
    await _drop(context, [release.sha256])
    if line is not None:
        await _forget_failure(context, line, release.version)
    what = f"release {release.version} removed" + (f", because: {reason}" if reason else "")
    await context.catalog.add_event(release.line, LineEvent(context.now(), what))
    await context.snapshots.refresh()


async def drop_prepared(context: Context, line: Line) -> None:
    """Delete the packages prepared for the line, whose app has its own copy by now.

    Its operation must still hold the line, because the next one prepares a package itself.
    """
    try:
        await context.packages.drop_prepared(line.id)
    except TRANSIENT_ERRORS as error:  # the next release of the line deletes them
        _log.warning("prepared packages of line %s are kept for now: %s", line.id, error)


async def drop_old_packages(context: Context, line: Line) -> None:
    """Delete the packages that the line needs no more, as its current release works.

    The releases stay registered, since their versions are served by a newer one.
    """
    releases = await context.catalog.releases()
    old = {
        each.sha256
        for each in releases
        if each.line == line.id and rollout.is_superseded(line, each.version)
    }
    try:
        await _drop(context, sorted(old))
    except TRANSIENT_ERRORS as error:  # the next release of the line deletes them
        _log.warning("old packages of line %s are kept for now: %s", line.id, error)


def _require_unused(line: Line | None, version: Version) -> None:
    require_known(f"The line of release {version}", line)
    if rollout.may_remove(line, version):
        return
    detail = (
        f"Release {version} is, was or is being put in place on its line, so it was not removed. "
        "Register a newer patch version, which replaces it."
    )
    raise Refusal(409, "release-in-use", detail)


async def _put_back(context: Context, release: Release) -> None:
    with contextlib.suppress(Exists):
        await context.catalog.add_release(release)
    await context.packages.note(release)


async def _drop(context: Context, digests: list[str]) -> None:
    """Delete packages, unless a release that may be put in place has the same."""
    lines = {line.id: line for line in await context.catalog.lines()}
    needed = {
        each.sha256
        for each in await context.catalog.releases()
        if each.line not in lines or not rollout.is_superseded(lines[each.line], each.version)
    }
    await context.packages.drop([each for each in digests if each not in needed])


async def _forget_failure(context: Context, line: Line, version: Version) -> None:
    """Let the same version be registered again with a package that works."""
    await update_line(
        context.catalog,
        line,
        lambda row: replace(row, failed_releases=without(row.failed_releases, version)),
    )
