"""Keep the functions that run of their own accord on one line, and disable them on the others.

Which ones are to be disabled is recorded in the line's row, from which the settings of its app
follow. A refresh then puts them on the app, pausing its host before they restart it.
"""

from collections.abc import Sequence
from dataclasses import replace

from router.apps import spec
from router.context import Context
from router.domain.app_health import AppFunction, background_names
from router.domain.background import functions_to_disable
from router.domain.model import Line, LineEvent
from router.line_rows import update_line
from router.settings import Settings

_SHOWN = 5
_MOST_CHARACTERS = 20_000  # a column of the catalog has room for 32,000


def known(functions: tuple[AppFunction, ...] | None) -> tuple[str, ...]:
    """Return the names to remember of a release's functions that run of their own accord."""
    return storable(background_names(functions or ()))


def storable(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names, or none if they are too long for the line's row."""
    return names if len("".join(names)) < _MOST_CHARACTERS else ()


async def arrange(context: Context, line: Line, lines: Sequence[Line]) -> Line:
    """Record which of the line's functions are to be disabled, and return its row."""
    wanted = functions_to_disable(line, lines, context.settings.background_triggers)
    if wanted == line.disabled:
        return line
    updated = await update_line(context.catalog, line, lambda row: replace(row, disabled=wanted))
    if updated.written:
        event = LineEvent(context.now(), _described(wanted or line.disabled, bool(wanted)))
        await context.catalog.add_event(line.id, event)
    return updated.line


def is_due(line: Line, settings: Settings) -> bool:
    """Return True if the settings on the line's app do not disable what its row says."""
    if line.applied is None:
        return bool(line.disabled)
    wanted, applied = spec.app_spec(line, settings).settings, line.applied.names
    names = map(spec.disabling, line.background)
    return any((name in wanted) != (name in applied) for name in names)


def _described(names: tuple[str, ...], disabled: bool) -> str:
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    if disabled:
        return f"to be disabled, as they run on the highest active line only: functions {shown}"
    return f"to be enabled again: functions {shown}"
