"""One line's app, plan and task hub as they really are, whatever the router knows about them.

Work is a message that no worker has taken, a message that a worker holds, an unfinished instance
or a running activity. A start in flight may still become work. Deleting any of that is recorded
in `lost`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from router.apps.app_settings import merged
from router.domain.app_health import PACKAGE_HEADER, AppFunction, HostReport
from router.domain.errors import PlatformFailed
from router.domain.model import HubReading, Owner, QueueReading, UnfinishedInstance
from router.domain.resource_names import LINE_TAG, is_own
from router.domain.version import LineId, parse_line
from router.ports import Answer, AppInfo, AppKeys, AppSpec, Deletion, Deployment, Listing, Purged
from router.releases.prepared_package import host_json_of
from samples.pack import zip_of
from tests.fakes.hooks import Hookable

VISIBLE, HELD, INSTANCE = "visible", "held", "instance"
ACTIVITY = "activity"  # still running although its instance has ended
_DURABLE = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"
_PACKAGE = zip_of({"host.json": b"{}", "function_app.py": b""})
_VISIBILITY = _DURABLE + "controlQueueVisibilityTimeout"


@dataclass(frozen=True)
class Work:
    """One piece of work. A held message becomes visible again at `until` if its worker crashed."""

    state: str
    name: str
    until: datetime | None = None


class FakeAzure(Hookable):
    """Every port by which one line's resources are reached. A test sets its attributes and hooks."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now
        self.visibility = timedelta()
        self.row_slices = 1  # calls until all rows are deleted
        self.reading_cursors: Iterator[str | None] = iter(())  # of the next readings
        self.cursors: list[str | None] = []  # from which instances were read and rows deleted
        self.has_app = False
        self.has_plan = False
        self.tags: dict[str, str] = {}  # of both
        self.requested_apps: list[AppSpec] = []
        self.app_settings: dict[str, str] = {}
        self.work: list[Work] = []
        self.orphaned_timers: list[datetime] = []  # of ended instances, by when each is due
        self.starts_in_flight: list[datetime] = []  # by when each may still arrive
        self.unreadable = False
        self.deployment_error: str | None = None
        self.functions: tuple[AppFunction, ...] = (AppFunction("order", "orchestrator"),)
        self.packages: dict[str, bytes] = {}
        self.can_drain, self.drains = False, False  # its host
        self.calls_under_way = 0
        self.failures = 0  # of instances, at any time
        self.running: str | None = None  # the package that the app's host names
        self.owners: dict[str, Owner] = {}  # the tracking store
        self.statuses: dict[str, dict[str, Any]] = {}
        self.started: list[str] = []
        self.lost: list[str] = []
        self.deleted = 0  # task hubs
        self.cleaned_app: str | None = None  # whose secrets and package were deleted with the hub
        self.purged: list[str] = []
        self._named = 0

    def pass_time(self, seconds: float) -> None:
        """Move the clock forward, and with it what depends on time."""
        self.now += timedelta(seconds=seconds)
        self.starts_in_flight = [until for until in self.starts_in_flight if until > self.now]
        self.orphaned_timers = [due for due in self.orphaned_timers if due > self.now]
        self.work = [
            replace(each, state=VISIBLE, until=None)
            if each.until and each.until <= self.now
            else each
            for each in self.work
        ]

    def deliver_start(self) -> None:
        """Deliver a start in flight. Without an app it fails, which its caller sees."""
        self.starts_in_flight.pop()
        if self.has_app:
            self.add_work()

    def add_work(self) -> None:
        """Add a visible message."""
        self._named += 1
        self.work.append(Work(VISIBLE, f"w{self._named}"))

    def advance(self, state: str, to: str | None) -> None:
        """Move the first work in a state to the next one, or finish it."""
        found = next((each for each in self.work if each.state == state), None)
        if found is None or not self.has_app:
            return
        until = self.now + self.visibility if to == HELD else None
        advanced = [] if to is None else [Work(to, found.name, until)]
        self.work = [each for each in self.work if each is not found] + advanced

    # Platform

    async def put_plan(self, spec: AppSpec) -> bool:
        self.has_plan = True
        return True

    async def put_app(self, spec: AppSpec) -> AppInfo:
        """Create the app. It hides messages for as long as its settings say."""
        self.requested_apps.append(spec)
        if self.has_app and not is_own(self.tags, "orders", parse_line(spec.tags[LINE_TAG])):
            raise PlatformFailed("It carries tags that are not this router")
        self.has_app, self.tags = True, dict(spec.tags)
        self.app_settings = merged(self.app_settings, spec.settings, spec.former)
        hours, minutes, seconds = map(int, spec.settings[_VISIBILITY].split(":"))
        self.visibility = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return AppInfo(spec.name, "app.local", "Running", {})

    async def app(self, name: str) -> AppInfo | None:
        return AppInfo(name, "app.local", "Running", self.tags) if self.has_app else None

    async def settings(self, name: str) -> Mapping[str, str] | None:
        return dict(self.app_settings) if self.has_app else None

    async def replace_settings(self, name: str, settings: Mapping[str, str]) -> None:
        self.app_settings, self.drains = dict(settings), False

    async def tag_release(self, name: str, release: object) -> None:
        return

    async def deploy(self, name: str, package_url: str) -> str:
        """Run the package, whose host names it from then on."""
        package = self.packages[package_url.rpartition("/")[2]]
        headers = host_json_of(package)["extensions"]["http"]["customHeaders"]
        self.running = headers[PACKAGE_HEADER]
        self.drains = False
        return "deployment"

    async def deployment(self, name: str, deployment_id: str) -> Deployment:
        return Deployment(finished=True, error=self.deployment_error)

    async def sync_triggers(self, name: str) -> None:
        return

    async def set_durable_key(self, name: str) -> None:
        return

    async def app_keys(self, name: str) -> AppKeys:
        return AppKeys("host", "durable")

    async def delete_app(self, name: str, line: LineId) -> Deletion:
        if self.has_app and not is_own(self.tags, "orders", line):
            return Deletion.NOT_OURS
        self._record_loss("app")
        self.has_app = False
        return Deletion.GONE

    async def delete_plan(self, name: str, line: LineId) -> Deletion:
        if self.has_plan and not is_own(self.tags, "orders", line):
            return Deletion.NOT_OURS
        self._record_loss("plan")
        self.has_plan = False
        return Deletion.GONE

    async def remaining(self, line: object) -> Sequence[str]:
        return ()

    async def resources(self) -> Sequence[Any]:
        return ()

    # Hub

    async def read(
        self, task_hub: str, partitions: int, blocker: str | None = None, cursor: str | None = None
    ) -> HubReading:
        if self.unreadable:
            return HubReading(self.now, problems=("a page is missing",))
        rows = tuple(
            UnfinishedInstance(each.name, "f", "Running", self.now)
            for each in self.work
            if each.state == INSTANCE
        )
        messages = [each for each in self.work if each.state in (VISIBLE, HELD)]
        visible = any(each.state == VISIBLE for each in messages)
        control = QueueReading("q", len(messages) + len(self.orphaned_timers), visible)
        activities = len([each for each in self.work if each.state == ACTIVITY])
        self.cursors.append(cursor)
        following = next(self.reading_cursors, None)
        return HubReading(self.now, rows, (control, _work_items(activities)), cursor=following)

    async def failed(self, task_hub: str, since: datetime, until: datetime) -> int:
        return self.failures

    async def unfinished(
        self, task_hub: str, first: str | None = None, top: int = 1000
    ) -> Sequence[UnfinishedInstance]:
        found = (each.name for each in self.work if each.state == INSTANCE)
        return [UnfinishedInstance(name, "f", "Running", self.now) for name in found]

    async def delete(self, task_hub: str, function_app: str | None) -> None:
        self._record_loss("hub")
        self.cleaned_app = function_app
        self.orphaned_timers = []
        self.deleted += 1

    async def delete_rows(self, task_hub: str, cursor: str | None = None) -> Purged:
        self.cursors.append(cursor)
        self.row_slices -= 1
        if self.row_slices > 0:
            return Purged(0, f"{self.row_slices} left")
        self.purged.append("rows")
        return Purged(0)

    async def delete_tables(self) -> None:
        self.purged.append("tables")

    async def delete_large_messages(self, task_hub: str) -> None:
        self.purged.append("large messages")

    async def listing(self, task_hub: str, function_app: str | None) -> Listing:
        return Listing(("queues",) if function_app else ("queues alone",), ())

    # Tracking

    async def status(self, instance_id: str, query: object) -> dict[str, Any] | None:
        return self.statuses.get(instance_id)

    async def purge(self, instance_id: str) -> bool:
        return self.owners.pop(instance_id, None) is not None

    async def owner(self, instance_id: str) -> Owner | None:
        if any((each.state, each.name) == (INSTANCE, instance_id) for each in self.work):
            return self.owners.get(instance_id) or Owner("Hub1x0", "Running", self.now)
        return self.owners.get(instance_id)

    # Upstream

    async def report(self, route: object) -> HostReport:
        """Return the report of a host that runs."""
        if not self.has_app:
            return HostReport("there is no app", gone=True)
        return HostReport(state="Running", functions=self.functions, package=self.running)

    async def start(
        self, route: object, function: str, instance_id: str, *_: object, **__: object
    ) -> Answer:
        """Accept every start."""
        self.started.append(instance_id)
        self.owners[instance_id] = Owner("Hub1x0", "Running", self.now)
        self.work.append(Work(INSTANCE, instance_id))
        return Answer(202, {}, b"")

    async def manage(self, route: object, method: str, path: str, *_: object) -> Answer:
        """End the instance, whatever the request."""
        self.work = [each for each in self.work if each.name != path.split("/")[1]]
        return Answer(202, {}, b"")

    async def admin(self, route: object, method: str, path: str) -> Answer:
        """Answer as a host that can be drained."""
        if not self.can_drain:
            return Answer(404, {}, b"")
        if method == "POST":
            self.drains = path == "drain"
            return Answer(202 if self.drains else 200, {}, b"")
        state = {True: "InProgress" if self.calls_under_way else "Completed", False: "Disabled"}
        shown = {"state": state[self.drains], "outstandingInvocations": self.calls_under_way}
        return Answer(200, {}, json.dumps(shown).encode())

    async def ask(self, route: object, path: str) -> Answer:
        """Find no instance."""
        return Answer(404, {}, b"")

    # Packages

    async def put(self, sha256: str, package: bytes) -> None:
        self.packages[sha256] = package

    async def content(self, sha256: str) -> bytes:
        """Return a package, also for the releases that a test has put into the catalog."""
        return self.packages.get(sha256, _PACKAGE)

    async def note(self, release: object) -> None:
        """Store nothing: no test reads it."""

    async def url(self, sha256: str) -> str:
        return f"https://packages.local/{sha256}"

    def _record_loss(self, deleted: str) -> None:
        if self.work or self.starts_in_flight:
            in_flight = f"starts until {self.starts_in_flight}"
            self.lost.append(f"{deleted}, with {self.work} and {in_flight}")


def _work_items(activities: int) -> QueueReading:
    return QueueReading("w", activities, visible=False, activities=True)
