"""What the router asks of the world, as Protocols. The adapters answer; the wiring picks them.

Every method is safe to repeat: a crash is answered by doing the step again.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from semver import Version

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


@dataclass(frozen=True, slots=True)
class AppSpec:
    """The function app of a line as it should be in Azure. `settings` hold secrets."""

    name: str
    plan: str
    settings: Mapping[str, str]
    tags: Mapping[str, str]

    def __repr__(self) -> str:
        return f"AppSpec(name={self.name!r}, plan={self.plan!r})"


@dataclass(frozen=True, slots=True)
class AppInfo:
    """A function app as Azure tells it."""

    name: str
    host_name: str
    state: str  # Running, Stopped …
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Deployment:
    """How far a deployment is; `finished` with `error` None is a success."""

    finished: bool
    error: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class AppKeys:
    """The keys of an app. `durable` is None until its host has once started with Durable in it."""

    host: str  # the master key: for the host's status only
    durable: str | None


class Deletion(StrEnum):
    """What has come of asking for something's deletion."""

    GONE = "gone"
    BEGUN = "begun"
    FOREIGN = "another's"  # its tags are not the line's, and it was left as it is


class Platform(Protocol):
    """Azure Resource Manager. Raises PlatformFailed (for good) or PlatformBusy (try again)."""

    async def put_plan(self, spec: AppSpec) -> bool:
        """Ask for the plan; True once it is there. Call again until it is."""

    async def put_app(self, spec: AppSpec) -> AppInfo | None:
        """Ask for the app with exactly these settings; the app once it runs, None until then."""

    async def app(self, name: str) -> AppInfo | None:
        """The app, or None when Azure says there is none."""

    async def tag_release(self, name: str, release: Version) -> None:
        """Note on the app which release is about to be put in place."""

    async def deploy(self, name: str, package_url: str) -> str:
        """Begin to put a package in place; the deployment's id."""

    async def deployment(self, name: str, deployment_id: str) -> Deployment:
        """How far that deployment is."""

    async def app_keys(self, name: str) -> AppKeys:
        """The app's keys; ask KeyRing, which asks once."""

    async def delete_app(self, name: str, line: LineId) -> Deletion:
        """Delete the app, unless its tags are not this line's. Leaves the plan."""

    async def delete_plan(self, name: str, line: LineId) -> Deletion:
        """Delete the plan, unless its tags are not this line's."""

    async def remaining(self, line: LineId) -> Sequence[str]:
        """Names (type/name) of everything in Azure that carries the tags of this line."""

    async def resources(self) -> Sequence[Resource]:
        """Every app and plan that carries this router's tags, of all lines. The list may be some
        minutes behind."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a line's app answers. Never logged: it holds keys.

    `key` opens Durable's management API; `host_key`, needed for `health` alone, the host's status.
    """

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
    """The apps' own HTTP. Raises Unavailable (502 upstream-unreachable, 504) when none answers."""

    async def start(
        self,
        route: Route,
        function: str,
        instance_id: str,
        value: bytes,
        trace: Mapping[str, str] | None = None,
        *,
        within: float | None = None,
    ) -> Answer:
        """One attempt to start an instance; `value` is the caller's JSON, b"" for none; of `trace`
        only traceparent and tracestate are passed on. `within`: seconds, should it be given up
        earlier than any other request."""

    async def manage(
        self, route: Route, method: str, path: str, query: Mapping[str, str], body: bytes
    ) -> Answer:
        """One request to Durable's management API, `path` such as instances/x/terminate."""

    async def health(self, route: Route) -> str | None:
        """None when the app's host runs and Durable answers; otherwise what is wrong, in words.
        Without the route's `host_key` only Durable is asked."""


class Catalog(Protocol):
    """The router's own durable memory. Rows change by etag only.

    Raises Exists on inserting what is there, Changed on a stale etag, Unreadable when it can't
    be read. Every write returns the value with its new etag.
    """

    async def add_release(self, release: Release) -> None: ...
    async def release(self, version: Version) -> Release | None: ...
    async def releases(self) -> Sequence[Release]: ...
    async def add_line(self, line: Line) -> Line: ...
    async def add_lines(self, lines: Sequence[Line]) -> None:
        """All of them or, when one is there, none."""

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
        """Every claim of a line's, while they may change."""

    async def drop_claim(self, claim: Claim) -> None:
        """Forget a claim; nothing when somebody has changed it."""

    async def add_event(self, line: LineId, event: LineEvent) -> None: ...
    async def events(self, line: LineId, top: int = 50) -> Sequence[LineEvent]:
        """Newest first."""


class Packages(Protocol):
    """Where releases' packages are kept, by content."""

    async def put(self, sha256: str, package: bytes) -> None: ...
    async def note(self, release: Release) -> None:
        """Keep beside its package what a release is, should the catalog be lost."""

    async def noted(self) -> Sequence[Release]:
        """Every release that was noted; the first where a version was noted twice."""

    async def url(self, sha256: str) -> str:
        """An address that Azure can read this one package from, for an hour."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What was looked for, and what of it is there; names for people."""

    wanted: tuple[str, ...]
    left: tuple[str, ...]


class Hub(Protocol):
    """The task hubs of the lines: what they hold, and their removal."""

    async def read(self, task_hub: str, partitions: int, blocker: str | None = None) -> HubReading:
        """Look for work. `partitions`: how many control queues there must be. `blocker`: an
        instance to look at first; while it is unfinished, that point read is all. Never raises for
        an unreadable store: that is a partial reading."""

    async def unfinished(self, task_hub: str, top: int = 1000) -> Sequence[UnfinishedInstance]:
        """Orchestrations of this hub that have not ended, children too, entities not; raises
        Unreadable."""

    async def delete(self, task_hub: str, function_app: str | None) -> None:
        """Delete queues, Partitions table, lease containers and, with the app's name, its secret
        and lock blobs and its package; None where an app of that name is another's. Leaves the
        rows and `-largemessages`, into which the rows point."""

    async def listing(self, task_hub: str, function_app: str | None) -> Listing:
        """What `delete` removes, and what of it is still there; raises Unreadable."""

    async def delete_rows(self, task_hub: str) -> int:
        """Delete this hub's rows of Instances and History, by key; how many instances could not
        be, because they changed meanwhile. Raises Unreadable."""

    async def delete_large_messages(self, task_hub: str) -> None:
        """Delete the container that those rows point into; raises Unreadable."""


@dataclass(frozen=True, slots=True)
class StatusQuery:
    """What of an instance is asked for."""

    show_input: bool = True
    show_history: bool = False
    show_history_output: bool = False


class Tracking(Protocol):
    """The instances of all lines, read where they are stored. Raises Unreadable."""

    async def status(self, instance_id: str, query: StatusQuery) -> dict[str, Any] | None:
        """The instance in the shape of Durable's own API, or None."""

    async def owner(self, instance_id: str) -> Owner | None:
        """Task hub, status and creation of the instance's row, or None; one point read."""

    async def purge(self, instance_id: str) -> bool:
        """Delete an instance that has ended, and no app owns any more: its rows, by key, and its
        large messages. False when there is none, or it has not ended."""


class Orchestrations(Protocol):
    """The orchestrations of the router's own task hub. Raises Unavailable."""

    async def start(self, name: str, instance_id: str, value: dict[str, Any]) -> bool:
        """Start it unless it runs already; whether this call did."""

    async def get(self, instance_id: str) -> Orchestration | None:
        """One that the hub has, ended or not."""

    async def terminate(self, instance_id: str, reason: str) -> None:
        """Ask for its end, which comes some time later. Nothing when it has ended."""

    async def purge(self, instance_id: str) -> None:
        """Remove one that has ended."""


class Monotonic(Protocol):
    """Seconds of a clock that never goes back."""

    def __call__(self) -> float: ...


class Clock(Protocol):
    """What time it is; a value in tests."""

    def __call__(self) -> datetime: ...
