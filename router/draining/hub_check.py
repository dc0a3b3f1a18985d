"""Prove that a line's app works on the hub that was read, before its line counts as drained.

App settings can be changed behind the router's back. An app that uses another hub leaves the one
that is read without work. What the router's safety rests on is compared with what Azure says that
the app has, is put back, and an event records it.
"""

from dataclasses import replace

from router.apps import app_settings, spec
from router.context import Context
from router.domain import reserved_settings
from router.domain.errors import TRANSIENT_ERRORS, PlatformFailed
from router.domain.model import Blocker, BlockerKind, Drain, Line, LineEvent, Verdict
from router.domain.resource_names import is_own


async def proven(context: Context, line: Line, drain: Drain) -> Drain:
    """Return the judgement, or one that is not drained if the app may work on another hub."""
    try:
        changed = await put_back(context, line)
    except (*TRANSIENT_ERRORS, PlatformFailed) as error:
        blocker = Blocker(BlockerKind.UNREADABLE, str(error))
        return replace(drain, verdict=Verdict.UNKNOWN, blockers=(blocker,))
    return drain if changed is None else unproven(drain, changed)


def unproven(drain: Drain, changed: str) -> Drain:
    """Return the judgement from which the next one starts again."""
    blocker = Blocker(BlockerKind.SETTLING, f"{changed}, and its work is judged again")
    return Drain(Verdict.UNKNOWN, drain.checked_at, (blocker,))


async def put_back(context: Context, line: Line) -> str | None:
    """Put back what differs in the app's settings, and return what it was, or None for nothing.

    A key that was rotated is no difference. Raises PlatformFailed if the app's queues are in
    another account than those that are read.
    """
    name = line.function_app
    app = await context.platform.app(name)
    if app is None or not is_own(app.tags, context.settings.app_name, line.id):
        return None
    found = await context.platform.settings(name)
    if found is None:
        return None
    own = spec.app_spec(line, context.settings).settings
    wanted = app_settings.with_applied_connections(found, own, line.applied)
    correction = reserved_settings.corrected(found, wanted)
    if correction is None:
        return None
    await context.platform.replace_settings(name, correction.settings)
    changed = f"the settings of function app {name} were changed in Azure: {correction.what}"
    what = f"{changed}. They are put back. Work that it began until then may be in another hub"
    await context.catalog.add_event(line.id, LineEvent(context.now(), what))
    return changed
