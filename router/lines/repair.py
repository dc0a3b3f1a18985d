"""Repair a line's app: recreate one deleted by hand, and redeploy one left half patched.

The line's work is in its hub, so an app with the same names continues it. Nothing is deleted, and
leftover resources are only reported.
"""

import logging
from collections.abc import Sequence

from router.context import Context
from router.domain.errors import TRANSIENT_ERRORS, PlatformFailed, Refusal
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind
from router.line_events import record_once
from router.lines import background, stopped
from router.lines.refreshing import has_old_keys
from router.operations.retrying import retry
from router.recovery.service import left_over

_log = logging.getLogger("router.lines")


async def repair(context: Context, line: Line, lines: Sequence[Line]) -> None:
    """Begin a repair if the app of a serving line is missing or may run the wrong release.

    One that has an old key of a storage account is refreshed, and so is one whose functions are to
    be disabled or enabled.

    Stopped apps and leftovers of other lines are recorded as events.
    """
    try:
        app = await context.platform.app(line.function_app)
        if app is None:
            await _begin(context, line, "is missing: it is created again")
        elif line.needs_repair:
            await _begin(context, line, f"may not run {line.release}: it is deployed again")
        elif app.is_stopped or line.app_stopped_at is not None:
            await stopped.note(context, line, app)
        elif await has_old_keys(context, line):
            await _begin(
                context, line, "has other keys: it gets the router's", OperationKind.REFRESH
            )
        elif background.is_due(
            line := await background.arrange(context, line, lines), context.settings
        ):
            await _begin(context, line, "gets other settings", OperationKind.REFRESH)
        else:
            await _report_leftovers(context, line, lines)
    except (*TRANSIENT_ERRORS, PlatformFailed) as error:
        _log.warning("Azure could not be checked for line %s: %s", line.id, error)


async def _begin(
    context: Context, line: Line, problem: str, kind: OperationKind = OperationKind.REPAIR
) -> None:
    try:
        begun = await retry(context, line, kind)
    except Refusal as refusal:  # lost the race against another operation
        _log.info("no %s of line %s: %s", kind, line.id, refusal)
        return
    if begun is not None:
        what = f"function app {line.function_app} {problem}"
        await record_once(context.catalog, context.now, line.id, what)


async def _report_leftovers(context: Context, line: Line, lines: Sequence[Line]) -> None:
    """Report leftovers if this is the highest active line, which does so for all lines."""
    if line.id != max((each.id for each in lines if each.state is LineState.ACTIVE), default=None):
        return
    for resource in await left_over(context, await context.platform.resources()):
        what = f"{resource.name} is left over in Azure and unused: delete it there"
        await record_once(context.catalog, context.now, resource.line, what)
