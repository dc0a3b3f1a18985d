"""The names and tags of everything that the router creates in Azure.

Names follow from the app's name and the line alone, so a repeated step finds its own work. No line
is parsed from a name: tags hold it. Lengths keep Azure's rules: apps <= 32 characters, plans <= 40,
task hubs <= 45 letters and digits, the first one a letter.
"""

from collections.abc import Mapping
from hashlib import sha256

from router.domain.version import LineId

APP_TAG = "durable-router-app"
LINE_TAG = "durable-router-line"
HUB_TAG = "durable-router-hub"
HUB_SETTINGS_TAG = "durable-router-hub-settings"
RELEASE_TAG = "durable-router-release"

_LETTERS = str.maketrans("0123456789abcdef", "ghijklmnopabcdef")


def scope_of(subscription: str, resource_group: str) -> str:
    """Return the scope that a router creates its apps in. Azure compares both without case."""
    return f"{subscription}/{resource_group}".lower()


def function_app(app: str, line: LineId, scope: str = "") -> str:
    """Return a name such as orders-1-0-kfah.

    `scope` keeps apart the routers of apps of the same name, because host names are global.
    """
    tail = f"-{line.dashed}-{_suffix(f'{scope}/{app}/{line}', 4)}"
    return app[: min(20, 32 - len(tail))].rstrip("-") + tail


def plan(app: str, line: LineId, scope: str = "") -> str:
    """Return the name of the plan that only this line's function app runs on."""
    return f"{function_app(app, line, scope)}-plan"


def task_hub(app: str, line: LineId) -> str:
    """Return a name such as Orders1x0, unique per (app, line) even when compared without case."""
    return f"{_base(app)}{line.major}x{line.minor}"


def shared_tables(app: str) -> str:
    """Return the prefix, such as OrdersLines, of the tables that an app's lines may share."""
    return f"{_base(app)}Lines"


def catalog_table(app: str) -> str:
    """Return the name of an app's catalog table, in which tables' rules allow no dashes.

    No two apps have the same: one without dashes ends in `catalog`, which the letters of a hash
    cannot, and one with dashes in a hash of the exact name.
    """
    plain = app.replace("-", "")
    return f"{plain}catalog" + (_suffix(app, 8) if plain != app else "")


def orchestration(app: str, name: str) -> str:
    """Return the id of one of the router's own orchestrations. No app's name contains a tilde."""
    return f"{app}~{name}"


def _base(app: str) -> str:
    # Only a short name of letters cannot be mistaken for another one with a different line.
    base = "".join(part.capitalize() for part in app.split("-"))
    if base.isalpha() and base == app.capitalize() and len(base) <= 24:
        return base
    return base[:20] + _suffix(app, 6)


def _suffix(text: str, length: int) -> str:
    """Return a hash in letters, so that numbers next to it stay readable."""
    return sha256(text.encode()).hexdigest()[:length].translate(_LETTERS)


def is_own(tags: Mapping[str, str] | None, app_name: str, line: LineId) -> bool:
    """Return whether the tags name this app and this line."""
    found = tags or {}
    return (found.get(APP_TAG), found.get(LINE_TAG)) == (app_name, str(line))
