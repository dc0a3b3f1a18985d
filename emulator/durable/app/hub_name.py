"""The name of a task hub: its default and the rules of Azure Storage that it has to meet."""

import re

from emulator.durable.app.options import EXTENSION, refuse

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]{2,44}")
_CONTAINER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TABLE = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_LONGEST = 50


def default_of(site: str) -> str:
    """Return the hub name of an app that sets none."""
    plain = re.sub(r"[^A-Za-z0-9]", "", site)[:45]
    return plain if _PLAIN.fullmatch(plain) else f"{plain}Hub"


def check(name: str) -> None:
    """Raise InvalidSettingError for a name that the real extension refuses."""
    problem = _problem(name)
    if problem is None and len(name) <= _LONGEST:
        return
    cause = f" {EXTENSION}: {problem}" if problem else ""
    refuse(
        f"Task hub name '{name}' should contain only alphanumeric characters, start with a letter, "
        f"and have length between 3 and 45.{cause}"
    )


def _problem(name: str) -> str | None:
    if not name.strip():
        return "Invalid blob name. The blob name may not be null, empty, or whitespace only."
    if not 3 <= len(name) <= 63:
        return (
            "Invalid container name length. The container name must be between 3 and 63 "
            "characters long."
        )
    for pattern, kind in ((_CONTAINER, "container"), (_TABLE, "table")):
        if not pattern.fullmatch(name.lower()):
            more = f"Check MSDN for more information about valid {kind} naming."
            return f"Invalid {kind} name. {more}"
    return None
