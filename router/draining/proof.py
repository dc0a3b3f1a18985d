"""Prove that a line's app works on the hub that was read, before its line counts as drained.

App settings can be changed behind the router's back. An app that uses another hub leaves the one
that is read without work. What the router's safety rests on is compared with what Azure says that
the app has, is put back, and an event tells of it.
"""

from dataclasses import replace

from router.apps import spec
from router.context import Context
from router.domain import reserved_settings
from router.domain.errors import TRANSIENT_ERRORS, PlatformFailed
from router.domain.model import Blocker, BlockerKind, Drain, Line, LineEvent, Verdict


async def proven(context: Context, line: Line, drain: Drain) -> Drain:
    """Return the judgement, or one that is not drained if the app may work on another hub."""
    try:
        changed = await put_back(context, line)
    except (*TRANSIENT_ERRORS, PlatformFailed) as error:
        blocker = Blocker(BlockerKind.UNREADABLE, str(error))
        return replace(drain, verdict=Verdict.UNKNOWN, blockers=(blocker,))
    return drain if changed is None else unproven(drain, changed)


def unproven(drain: Drain, changed: str) -> Drain:
    """Return the judgement from which the next one starts anew."""
    blocker = Blocker(BlockerKind.SETTLING, f"{changed}, and its work is judged again")
    return Drain(Verdict.UNKNOWN, drain.checked_at, (blocker,))


async def put_back(context: Context, line: Line) -> str | None:
    """Put back what differs in the app's settings, and return what it was, or None for nothing."""
    name = line.function_app
    found = await context.platform.app_settings(name, line.id)
    if found is None:  # there is no app, or none of the line's
        return None
    wanted = spec.app_spec(line, context.settings).settings
    correction = reserved_settings.corrected(found, wanted)
    if correction is None:
        return None
    await context.platform.put_app_settings(name, correction.settings)
    changed = f"the settings of function app {name} were changed in Azure: {correction.what}"
    what = f"{changed}. They are put back. Work that it began meanwhile may be in another hub"
    await context.catalog.add_event(line.id, LineEvent(context.now(), what))
    return changed
