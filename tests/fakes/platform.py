"""The platform of one line's app and plan, as FakeAzure has it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from router.apps.app_settings import merged
from router.domain.app_health import PACKAGE_HEADER
from router.domain.errors import PlatformFailed
from router.domain.resource_names import LINE_TAG, is_own
from router.domain.version import LineId, parse_line
from router.ports import AppInfo, AppKeys, AppSpec, Deletion, Deployment
from router.releases.prepared_package import host_json_of
from tests.fakes.packages import FakePackages

_DURABLE = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"
_VISIBILITY = _DURABLE + "controlQueueVisibilityTimeout"


class FakePlatform(FakePackages):
    """Implements router.ports.Platform, and deploys from the stored packages."""

    def __init__(self) -> None:
        super().__init__()
        self.visibility = timedelta()
        self.has_app, self.stopped = False, False
        self.has_plan = False
        self.tags: dict[str, str] = {}  # of both
        self.requested_apps: list[AppSpec] = []
        self.app_settings: dict[str, str] = {}
        self.deployment_error: str | None = None
        self.drains = False  # its host
        self.running: str | None = None  # the package that the app's host names

    @property
    def app_runs(self) -> bool:
        return self.has_app and not self.stopped

    async def put_plan(self, spec: AppSpec) -> bool:
        self.has_plan = True
        return True

    async def put_app(self, spec: AppSpec) -> AppInfo:
        """Create the app. It hides messages for as long as its settings say."""
        self.requested_apps.append(spec)
        if self.has_app and not is_own(self.tags, "orders", parse_line(spec.tags[LINE_TAG])):
            raise PlatformFailed("It carries tags that are not this router")
        self.has_app, self.stopped, self.tags = True, False, dict(spec.tags)
        self.app_settings = merged(self.app_settings, spec.settings, spec.former)
        hours, minutes, seconds = map(int, spec.settings[_VISIBILITY].split(":"))
        self.visibility = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return AppInfo(spec.name, "app.local", "Running", {})

    async def app(self, name: str) -> AppInfo | None:
        state = "Stopped" if self.stopped else "Running"
        return AppInfo(name, "app.local", state, self.tags) if self.has_app else None

    async def settings(self, name: str) -> Mapping[str, str] | None:
        return dict(self.app_settings) if self.has_app else None

    async def replace_settings(self, name: str, settings: Mapping[str, str]) -> None:
        self.app_settings, self.drains = dict(settings), False

    async def stop_app(self, name: str, line: LineId) -> bool:
        if self._is_own(line):
            self.stopped = True
        return True

    async def start_app(self, name: str, line: LineId) -> bool:
        if self._is_own(line):
            self.stopped = False
        return True

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
        if self.has_app and not self._is_own(line):
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

    def _is_own(self, line: LineId) -> bool:
        return self.has_app and is_own(self.tags, "orders", line)

    def _record_loss(self, deleted: str) -> None:
        raise NotImplementedError
