"""One line's app, plan and task hub as they really are, whatever the router knows about them.

Work is a message that no worker has taken, a message that a worker holds, an unfinished instance
or a running activity. A start in flight may still become work. Deleting any of that is recorded
in `lost`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from router.domain.app_health import AppFunction, HostReport
from router.domain.model import HubReading, Owner, QueueReading, UnfinishedInstance
from router.ports import Answer, Listing, Purged
from tests.fakes.platform import FakePlatform

VISIBLE, HELD, INSTANCE = "visible", "held", "instance"
ACTIVITY = "activity"  # still running although its instance has ended


@dataclass(frozen=True)
class Work:
    """One piece of work. A held message becomes visible again at `until` if its worker crashed."""

    state: str
    name: str
    until: datetime | None = None


class FakeAzure(FakePlatform):
    """Every port to one line's resources. A test sets its attributes and hooks."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now
        self.can_drain = False  # its host
        self.row_slices = 1  # calls until all rows are deleted
        self.reading_cursors: Iterator[str | None] = iter(())  # of the next readings
        self.cursors: list[str | None] = []  # from which instances were read and rows deleted
        self.work: list[Work] = []
        self.orphaned_timers: list[datetime] = []  # of ended instances, by when each is due
        self.starts_in_flight: list[datetime] = []  # by when each may still arrive
        self.unreadable = False
        self.functions: tuple[AppFunction, ...] = (AppFunction("order", "orchestrator"),)
        self.calls_under_way = 0
        self.failures = 0  # of instances, at any time
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
        if self.app_runs:
            self.add_work()

    def start_beside_the_router(self) -> None:
        """Add work by a function or trigger of the app's own."""
        if self.app_runs:
            self.add_work()

    def add_work(self) -> None:
        """Add a visible message."""
        self._named += 1
        self.work.append(Work(VISIBLE, f"w{self._named}"))

    def advance(self, state: str, to: str | None) -> None:
        """Move the first work in a state to the next one, or finish it."""
        found = next((each for each in self.work if each.state == state), None)
        if found is None or not self.app_runs:
            return
        until = self.now + self.visibility if to == HELD else None
        advanced = [] if to is None else [Work(to, found.name, until)]
        self.work = [each for each in self.work if each is not found] + advanced

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

    async def delete_rows(
        self, task_hub: str, cursor: str | None = None, *, before: datetime | None = None
    ) -> Purged:
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
        if not self.app_runs:
            return HostReport("there is no app that runs", gone=True)
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

    def _record_loss(self, deleted: str) -> None:
        if self.work or self.starts_in_flight:
            in_flight = f"starts until {self.starts_in_flight}"
            self.lost.append(f"{deleted}, with {self.work} and {in_flight}")


def _work_items(activities: int) -> QueueReading:
    return QueueReading("w", activities, visible=False, activities=True)
