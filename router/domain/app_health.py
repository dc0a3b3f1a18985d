"""The values by which the health of a line's app is judged: reports of its host, and what a step
remembers of them."""

from dataclasses import dataclass
from datetime import datetime

PACKAGE_HEADER = "X-Release-Package"
"""The header by which an app's host names its package, from the package's own host.json."""

_DURABLE_TRIGGERS = {
    "orchestrationtrigger": "orchestrator",
    "activitytrigger": "activity",
    "entitytrigger": "entity",
}
_TRIGGER, _HTTP = "trigger", "httptrigger"


@dataclass(frozen=True, slots=True)
class AppFunction:
    """A function of an app.

    `kind`: orchestrator, activity or entity, and None for any other. `error`: why its host does
    not run it. `background`: something else than a request or Durable runs it, such as a timer.
    """

    name: str
    kind: str | None = None
    error: str | None = None
    background: bool = False


@dataclass(frozen=True, slots=True)
class HostReport:
    """The answers of an app's host at one time.

    `unready`: why it could not be asked, in which case the rest is unknown. `functions` is None
    where the host did not list them, and `durable` is what is wrong with Durable's API.
    """

    unready: str | None = None
    gone: bool = False  # nothing answered, or a front end that has no host to ask
    rejected: bool = False  # a key was
    state: str = ""
    errors: tuple[str, ...] = ()
    instance: str = ""  # of the host, empty where it has none
    uptime: float | None = None  # of its process, in seconds
    functions: tuple[AppFunction, ...] | None = None
    durable: str | None = None
    package: str | None = None  # that it runs


@dataclass(frozen=True, slots=True)
class HealthWatch:
    """The memory of a step about the reports since its deployment.

    `problem`: what would fail it if it lasts, `since` then. `seen`: the host that had it still ran
    at the last report; of a deployment, Azure has listed it. `proven`: that host ran the deployed
    package. `ends`: how many hosts with a problem have ended.
    """

    problem: str | None = None
    since: datetime | None = None
    seen: bool = False
    proven: bool = False
    ends: int = 0
    instance: str = ""
    started_at: datetime | None = None  # when the process of that host began


def kind_of(trigger: str) -> str | None:
    """Return the kind of Durable function that a trigger's type makes, None for any other."""
    return _DURABLE_TRIGGERS.get(trigger.lower())


def is_background(trigger: str) -> bool:
    """Return True for the type of a trigger that runs a function of its own accord."""
    name = trigger.lower()
    return name.endswith(_TRIGGER) and name != _HTTP and name not in _DURABLE_TRIGGERS


def background_names(functions: tuple[AppFunction, ...]) -> tuple[str, ...]:
    """Return the names of the functions that run of their own accord, sorted."""
    return tuple(sorted(each.name for each in functions if each.background))


def durable_names(functions: tuple[AppFunction, ...]) -> tuple[str, ...]:
    """Return the orchestrators, activities and entities, such as "activity charge", sorted."""
    return tuple(sorted(f"{each.kind} {each.name}" for each in functions if each.kind))
