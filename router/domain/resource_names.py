"""What everything the router makes is called. Every name follows from the app's name and the line.

Deterministic, so that a step done twice meets its own work. Names are for machines and people to
look at; nothing reads a line back out of one (tags carry that). Lengths keep Azure's rules: apps
<= 32 characters, plans <= 40, task hubs <= 45 letters and digits, a letter first.
"""

from hashlib import sha256

from router.domain.model import OperationKind
from router.domain.version import LineId

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


def operation_id(kind: OperationKind, line: LineId, number: int) -> str:
    """Such as provision-1-0-1; also the id of the orchestration that runs it."""
    return f"{kind}-{line.dashed}-{number}"


def operation_kind(operation: str | None) -> OperationKind | None:
    """What an operation's id says that it does; None for none."""
    return OperationKind(operation.partition("-")[0]) if operation else None


def monitor_id(line: LineId) -> str:
    """The id of the eternal orchestration that watches the line."""
    return f"monitor-{line.dashed}"


def retain_id(line: LineId) -> str:
    """The id of the orchestration that lets what a retired line left go when its time is over."""
    return f"retain-{line.dashed}"


def park_id(instance_id: str) -> str:
    """The id of the orchestration that holds this instance's start: parking twice is parking once.

    On the router's own hub, so it cannot meet the instance's id.
    """
    return f"park-{instance_id}"


def _tag(text: str, length: int) -> str:
    """Letters alone, so that numbers before and behind it stay readable."""
    return sha256(text.encode()).hexdigest()[:length].translate(_LETTERS)
