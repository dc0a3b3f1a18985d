"""What everything the router makes is called. Every name follows from the app's name and the line.

Deterministic, so that a step done twice meets its own work. Names are for machines and people to
look at; nothing reads a line back out of one (tags carry that). Lengths keep Azure's rules: apps
<= 32 characters, plans <= 40, task hubs <= 45 letters and digits, a letter first.
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
    """Where a router makes its apps; Azure compares both without case."""
    return f"{subscription}/{resource_group}".lower()


def function_app(app: str, line: LineId, scope: str = "") -> str:
    """Such as orders-1-0-kfah. `scope`: what tells this router from another one that manages an
    app of the same name, for host names are global."""
    tail = f"-{line.dashed}-{_tag(f'{scope}/{app}/{line}', 4)}"
    return app[: min(20, 32 - len(tail))].rstrip("-") + tail


def plan(app: str, line: LineId, scope: str = "") -> str:
    """The plan that only this line's function app runs on."""
    return f"{function_app(app, line, scope)}-plan"


def task_hub(app: str, line: LineId) -> str:
    """Such as Orders1x0. Unlike in every other (app, line), also when compared without case.

    A name of letters alone keeps clear of the numbers behind it; any other is told apart by a tag.
    """
    base = "".join(part.capitalize() for part in app.split("-"))
    if not (base.isalpha() and base == app.capitalize() and len(base) <= 24):
        base = base[:20] + _tag(app, 6)
    return f"{base}{line.major}x{line.minor}"


def _tag(text: str, length: int) -> str:
    """Letters alone, so that numbers before and behind it stay readable."""
    return sha256(text.encode()).hexdigest()[:length].translate(_LETTERS)


def is_own(tags: Mapping[str, str] | None, app_name: str, line: LineId) -> bool:
    """Whether they say that a resource was made by this app's router, for this line."""
    found = tags or {}
    return (found.get(APP_TAG), found.get(LINE_TAG)) == (app_name, str(line))
