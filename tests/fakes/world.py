"""One line's app and hub as they really are, which the router sees only by looking.

Work is anything whose loss would be a loss: a message that nobody has taken, one that a worker
holds, an unfinished instance. A start under way may still become work until its time is over.
What is deleted while there is any of that is written down.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from router.domain.errors import PlatformFailed
from router.domain.model import HubReading, Owner, QueueReading, UnfinishedInstance
from router.domain.resource_names import LINE_TAG, is_own
from router.domain.version import LineId, parse_line
from router.ports import Answer, AppInfo, AppKeys, AppSpec, Deletion, Deployment, Listing

VISIBLE, HELD, INSTANCE = "visible", "held", "instance"
ACTIVITY = "activity"  # under way although its instance has been ended
_DURABLE = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"
_VISIBILITY = _DURABLE + "controlQueueVisibilityTimeout"


@dataclass(frozen=True)
class Work:
    """`until`: when a message that is held comes back, should its worker have died."""

    place: str
    name: str
    until: datetime | None = None


class World:
    """Platform, hub and app of one line."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.visibility = timedelta()
        self.has_app = False
        self.has_plan = False
        self.tags: dict[str, str] = {}  # of both
        self.asked_for: list[AppSpec] = []
        self.work: list[Work] = []
        self.leftovers: list[datetime] = []  # timers of ended instances: when each is due
        self.under_way: list[datetime] = []  # starts: until when each may still arrive
        self.unreadable = False
        self.no_deployment: str | None = None  # why none comes to a good end
        self.meanwhile: list[Callable[[], Awaitable[None]]] = []  # between a look and what follows
        self.owners: dict[str, Owner] = {}  # the tracking store, as far as an id is looked up
        self.statuses: dict[str, dict[str, Any]] = {}
        self.started: list[str] = []
        self.before_a_start: list[Callable[[], Awaitable[None]]] = []
        self.lost: list[str] = []
        self.deleted = 0
        self.stripped: str | None = None  # the app whose own things went with the hub
        self.swept: list[str] = []
        self._named = 0

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.under_way = [until for until in self.under_way if until > self.now]
        self.leftovers = [due for due in self.leftovers if due > self.now]
        self.work = [
            replace(each, place=VISIBLE, until=None)
            if each.until and each.until <= self.now
            else each
            for each in self.work
        ]

    def arrive(self) -> None:
        """A start under way is taken by the app, or finds none."""
        self.under_way.pop()
        if self.has_app:
            self.add_work()

    def add_work(self) -> None:
        self._named += 1
        self.work.append(Work(VISIBLE, f"w{self._named}"))

    def move(self, place: str, then: str | None) -> None:
        """The first work in a place goes on to the next one; None is its end."""
        found = next((each for each in self.work if each.place == place), None)
        if found is None or not self.has_app:
            return
        until = self.now + self.visibility if then == HELD else None
        moved = [] if then is None else [Work(then, found.name, until)]
        self.work = [each for each in self.work if each is not found] + moved

    # What the router asks of the platform

    async def put_plan(self, spec: AppSpec) -> bool:
        self.has_plan = True
        return True

    async def put_app(self, spec: AppSpec) -> AppInfo:
        """The app hides messages for as long as it was told to."""
        self.asked_for.append(spec)
        if self.has_app and not is_own(self.tags, "orders", parse_line(spec.tags[LINE_TAG])):
            raise PlatformFailed("It carries other tags")
        self.has_app, self.tags = True, dict(spec.tags)
        hours, minutes, seconds = map(int, spec.settings[_VISIBILITY].split(":"))
        self.visibility = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return AppInfo(spec.name, "app.local", "Running", {})

    async def app(self, name: str) -> AppInfo | None:
        return AppInfo(name, "app.local", "Running", self.tags) if self.has_app else None

    async def tag_release(self, name: str, release: object) -> None:
        return

    async def deploy(self, name: str, package_url: str) -> str:
        return "deployment"

    async def deployment(self, name: str, deployment_id: str) -> Deployment:
        return Deployment(finished=True, error=self.no_deployment)

    async def app_keys(self, name: str) -> AppKeys:
        return AppKeys("host", "durable")

    async def delete_app(self, name: str, line: LineId) -> Deletion:
        if self.has_app and not is_own(self.tags, "orders", line):
            return Deletion.FOREIGN
        self._deleted("app")
        self.has_app = False
        return Deletion.GONE

    async def delete_plan(self, name: str, line: LineId) -> Deletion:
        if self.has_plan and not is_own(self.tags, "orders", line):
            return Deletion.FOREIGN
        self._deleted("plan")
        self.has_plan = False
        return Deletion.GONE

    async def remaining(self, line: object) -> Sequence[str]:
        return ()

    async def resources(self) -> Sequence[Any]:
        return ()

    # What it asks of the hub

    async def read(self, task_hub: str, partitions: int, blocker: str | None = None) -> HubReading:
        at = self.now
        rows = tuple(
            UnfinishedInstance(each.name, "f", "Running", at)
            for each in self.work
            if each.place == INSTANCE
        )
        messages = [each for each in self.work if each.place in (VISIBLE, HELD)]
        visible = any(each.place == VISIBLE for each in messages)
        count = len(messages) + len(self.leftovers)
        activities = len([each for each in self.work if each.place == ACTIVITY])
        problems = ("a page is missing",) if self.unreadable else ()
        if self.unreadable:  # and what it would have shown is not seen
            rows, visible, count, activities = (), False, 0, 0
        todo, self.meanwhile = self.meanwhile, []
        for happens in todo:
            await happens()
        work_items = QueueReading("w", activities, visible=False, activities=True)
        return HubReading(at, rows, (QueueReading("q", count, visible), work_items), problems)

    async def unfinished(self, task_hub: str, top: int = 1000) -> Sequence[UnfinishedInstance]:
        names = [each.name for each in self.work if each.place == INSTANCE]
        return [UnfinishedInstance(name, "f", "Running", self.now) for name in names]

    async def delete(self, task_hub: str, function_app: str | None) -> None:
        self._deleted("hub")
        self.stripped = function_app
        self.leftovers = []
        self.deleted += 1

    async def delete_rows(self, task_hub: str) -> int:
        self.swept.append("rows")
        return 0

    async def delete_large_messages(self, task_hub: str) -> None:
        self.swept.append("large messages")

    async def listing(self, task_hub: str, function_app: str | None) -> Listing:
        return Listing(("queues",) if function_app else ("queues alone",), ())

    async def status(self, instance_id: str, query: object) -> dict[str, Any] | None:
        return self.statuses.get(instance_id)

    async def purge(self, instance_id: str) -> bool:
        return self.owners.pop(instance_id, None) is not None

    async def owner(self, instance_id: str) -> Owner | None:
        if any((each.place, each.name) == (INSTANCE, instance_id) for each in self.work):
            return self.owners.get(instance_id) or Owner("Hub1x0", "Running", self.now)
        return self.owners.get(instance_id)

    # What it asks of the app

    async def health(self, route: object) -> str | None:
        return None if self.has_app else "there is no app"

    async def start(
        self, route: object, function: str, instance_id: str, *_: object, **__: object
    ) -> Answer:
        """Takes every start."""
        for happens in self.before_a_start:
            await happens()
        self.started.append(instance_id)
        self.owners[instance_id] = Owner("Hub1x0", "Running", self.now)
        self.work.append(Work(INSTANCE, instance_id))
        return Answer(202, {}, b"")

    async def manage(self, route: object, method: str, path: str, *_: object) -> Answer:
        """Ends an instance."""
        self.work = [each for each in self.work if each.name != path.split("/")[1]]
        return Answer(202, {}, b"")

    # What it asks of the packages' store

    async def put(self, sha256: str, package: bytes) -> None:
        """Nobody asks for it here."""

    async def note(self, release: object) -> None:
        """Nobody asks for it here."""

    async def url(self, sha256: str) -> str:
        return "https://packages.local/package"

    def _deleted(self, what: str) -> None:
        if self.work or self.under_way:
            self.lost.append(f"{what}, with {self.work} and starts until {self.under_way}")
