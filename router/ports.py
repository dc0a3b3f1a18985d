"""The router's ports: protocols of everything outside the process, and the values they exchange.

Every method is safe to repeat, because a step that crashed runs again.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from semver import Version

from router.domain.app_health import HostReport
from router.domain.model import (
    Claim,
    HubReading,
    Line,
    LineEvent,
    Operation,
    Orchestration,
    Owner,
    Release,
    Resource,
    UnfinishedInstance,
)
from router.domain.version import LineId

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AppSpec:
    """The desired function app of a line. `settings` hold secrets."""

    name: str
    plan: str
    settings: Mapping[str, str]
    tags: Mapping[str, str]

    def __repr__(self) -> str:
        return f"AppSpec(name={self.name!r}, plan={self.plan!r})"


@dataclass(frozen=True, slots=True)
class AppInfo:
    """A function app as Azure describes it."""

    name: str
    host_name: str
    state: str  # Running, Stopped …
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Deployment:
    """The progress of a deployment, which has succeeded if it finished without an error."""

    finished: bool
    listed: bool = True  # Azure may not list it yet, or not any more
    error: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class AppKeys:
    """The keys of an app. `durable` is None until its host has started with Durable once."""

    host: str  # the master key, used for the host's status only
    durable: str | None


class Deletion(StrEnum):
    """The result of requesting a deletion."""

    GONE = "gone"
    BEGUN = "begun"
    NOT_OURS = "not ours"  # its tags are not the line's, so it was not changed


class Platform(Protocol):
    """Azure Resource Manager. Raises PlatformFailed (permanent) or PlatformBusy (retry)."""

    async def put_plan(self, spec: AppSpec) -> bool:
        """Request the plan and return True once it exists. Call again until then."""

    async def put_app(self, spec: AppSpec) -> AppInfo | None:
        """Request the app with exactly these settings and return it once it runs, or None."""

    async def app(self, name: str) -> AppInfo | None:
        """Return the app, or None if Azure reports that there is none."""

    async def tag_release(self, name: str, release: Version) -> None:
        """Tag the app with the release that is about to be deployed."""

    async def deploy(self, name: str, package_url: str) -> str:
        """Begin to deploy a package and return the id of the deployment."""

    async def deployment(self, name: str, deployment_id: str) -> Deployment:
        """Return the progress of a deployment."""

    async def sync_triggers(self, name: str) -> None:
        """Report the triggers that the app's host has found to Azure's scale controller."""

    async def app_keys(self, name: str) -> AppKeys:
        """List the app's keys. Callers use KeyRing, which caches them."""

    async def set_durable_key(self, name: str) -> None:
        """Give the app a new key for Durable's management API, as one was deleted."""

    async def delete_app(self, name: str, line: LineId) -> Deletion:
        """Delete the app, but not its plan, unless its tags are not this line's."""

    async def delete_plan(self, name: str, line: LineId) -> Deletion:
        """Delete the plan, unless its tags are not this line's."""

    async def remaining(self, line: LineId) -> Sequence[str]:
        """Return the names (type/name) of all resources that carry the tags of this line."""

    async def resources(self) -> Sequence[Resource]:
        """Return every app and plan with this router's tags. It may be some minutes out of date."""


@dataclass(frozen=True, slots=True)
class Route:
    """The address and keys of a line's app, never logged. `host_key` is for `report` only."""

    line: LineId
    base_url: str
    key: str
    host_key: str | None = None

    def __repr__(self) -> str:
        return f"Route(line={self.line}, base_url={self.base_url!r})"


@dataclass(frozen=True, slots=True)
class Answer:
    """An app's HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Upstream(Protocol):
    """The apps' own HTTP. Raises Unavailable (502 upstream-unreachable, 504) without an answer."""

    async def start(
        self,
        route: Route,
        function: str,
        instance_id: str,
        value: bytes,
        trace: Texts,
        *,
        within: float | None = None,
    ) -> Answer:
        """Make one attempt to start an instance with the caller's JSON, b"" for none, and only
        traceparent and tracestate of `trace`. `within`: seconds until an earlier time-out."""

    async def manage(
        self, route: Route, method: str, path: str, query: Texts, body: bytes, trace: Texts
    ) -> Answer:
        """Send a request to Durable's management API, with a path like instances/x/terminate."""

    async def ask(self, route: Route, path: str) -> Answer:
        """Ask Durable's management API about an instance, with a path like instances/x."""

    async def report(self, route: Route) -> HostReport:
        """Ask the app's host, which needs the route's `host_key`, for its state and functions."""


class Catalog(Protocol):
    """The router's own database, changed by etag. Raises Exists, Changed, Unreadable."""

    async def add_release(self, release: Release) -> None: ...
    async def release(self, version: Version) -> Release | None: ...
    async def releases(self) -> Sequence[Release]: ...
    async def add_line(self, line: Line) -> Line: ...
    async def add_lines(self, lines: Sequence[Line]) -> None:
        """Add all lines, or none if one of them exists."""

    async def replace_line(self, line: Line) -> Line: ...
    async def line(self, line: LineId) -> Line | None: ...
    async def lines(self) -> Sequence[Line]: ...
    async def add_operation(self, operation: Operation) -> Operation: ...
    async def replace_operation(self, operation: Operation) -> Operation: ...
    async def operation(self, operation_id: str) -> Operation | None: ...
    async def add_claim(self, claim: Claim) -> Claim: ...
    async def replace_claim(self, claim: Claim) -> Claim: ...
    async def claim(self, instance_id: str) -> Claim | None: ...
    def claims(self, line: LineId) -> AsyncIterator[Claim]:
        """Yield every claim of a line. Claims may change during the iteration."""

    async def drop_claim(self, claim: Claim) -> None:
        """Delete a claim unless it has changed."""

    async def add_event(self, line: LineId, event: LineEvent) -> None: ...
    async def events(self, line: LineId, top: int = 50) -> Sequence[LineEvent]:
        """Return a line's events, newest first."""


class Packages(Protocol):
    """The packages of the releases, stored by content."""

    async def put(self, sha256: str, package: bytes) -> None: ...
    async def content(self, sha256: str) -> bytes: ...
    async def note(self, release: Release) -> None:
        """Store the release beside its package, in case the catalog is lost."""

    async def noted(self) -> Sequence[Release]:
        """Return every noted release, and the first one where a version was noted twice."""

    async def url(self, sha256: str) -> str:
        """Return a URL that gives Azure read access to this one package for an hour."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Readable names of what was looked for and of what remains of it."""

    expected: tuple[str, ...]
    remaining: tuple[str, ...]


class Hub(Protocol):
    """The task hubs of the lines."""

    async def read(self, task_hub: str, partitions: int, blocker: str | None = None) -> HubReading:
        """Look for work, where `partitions` control queues must exist. An unreadable store makes it
        partial. While the instance `blocker` is unfinished, nothing else is read."""

    async def unfinished(self, task_hub: str, top: int = 1000) -> Sequence[UnfinishedInstance]:
        """Return unfinished orchestrations, children but no entities. Raises Unreadable."""

    async def delete(self, task_hub: str, function_app: str | None) -> None:
        """Delete the hub's queues, Partitions table and lease containers, and the app's secrets,
        locks and package, unless `function_app` is None because an app of that name is not the
        line's. Keep the rows and the `-largemessages` container."""

    async def listing(self, task_hub: str, function_app: str | None) -> Listing:
        """List what `delete` removes and what remains of it. Raises Unreadable."""

    async def delete_rows(self, task_hub: str, seconds: float = 60.0) -> int | None:
        """Delete this hub's rows of Instances and History by key. Return how many instances
        changed and were kept, or None if this time did not suffice. Raises Unreadable."""

    async def delete_large_messages(self, task_hub: str) -> None:
        """Delete the container that those rows refer to. Raises Unreadable."""


@dataclass(frozen=True, slots=True)
class StatusQuery:
    """The parts of an instance's status to return."""

    show_input: bool = True
    show_history: bool = False
    show_history_output: bool = False


class Tracking(Protocol):
    """The tracking store of all lines' instances. Raises Unreadable."""

    async def status(self, instance_id: str, query: StatusQuery) -> dict[str, Any] | None:
        """Return the instance in the shape of Durable's own API, or None."""

    async def owner(self, instance_id: str) -> Owner | None:
        """Return the task hub, status and creation time of an instance, or None: one point read."""

    async def purge(self, instance_id: str) -> bool:
        """Delete the rows and large messages of an ended instance that no app owns any more.
        Return False if there is none or it has not ended."""


class Orchestrations(Protocol):
    """The orchestrations of the router's own task hub. Raises Unavailable."""

    async def start(self, name: str, instance_id: str, value: dict[str, Any]) -> bool:
        """Start an orchestration unless it is running, and return whether this call did."""

    async def get(self, instance_id: str) -> Orchestration | None:
        """Return an orchestration, ended or not, or None."""

    async def failed(self, prefix: str) -> Sequence[Orchestration]:
        """Return those that failed and whose id begins so, or some of them if they are many."""

    async def terminate(self, instance_id: str, reason: str) -> None:
        """Request termination, which takes effect later. Do nothing if it has ended."""

    async def purge(self, instance_id: str) -> None:
        """Delete an orchestration that has ended."""


Monotonic = Callable[[], float]
"""A clock in seconds that never goes backwards."""

Clock = Callable[[], datetime]
"""The current time in UTC."""
