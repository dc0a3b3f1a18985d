"""The port to Azure Resource Manager: the plans, apps, deployments and keys of the lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from semver import Version

from router.domain.model import Resource
from router.domain.version import LineId


@dataclass(frozen=True, slots=True)
class AppSpec:
    """The desired function app of a line. `settings` hold secrets.

    `former`: names of settings that the router has put on the app before.
    """

    name: str
    plan: str
    settings: Mapping[str, str]
    tags: Mapping[str, str]
    former: Sequence[str] = ()

    def __repr__(self) -> str:
        return f"AppSpec(name={self.name!r}, plan={self.plan!r})"


@dataclass(frozen=True, slots=True)
class AppInfo:
    """A function app as Azure describes it."""

    name: str
    host_name: str
    state: str  # Running, Stopped …
    tags: Mapping[str, str]

    @property
    def is_stopped(self) -> bool:
        return self.state == "Stopped"


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
        """Request the app with these settings, started, and return it once it runs, or None.

        Settings and tags that someone else added to an app that exists are kept.
        """

    async def app(self, name: str) -> AppInfo | None:
        """Return the app, or None if Azure reports that there is none."""

    async def stop_app(self, name: str, line: LineId) -> bool:
        """Stop the app, and return True once none of this line's runs under that name."""

    async def start_app(self, name: str, line: LineId) -> bool:
        """Start the app if it is stopped, and return True once no app of this line's is."""

    async def settings(self, name: str) -> Mapping[str, str] | None:
        """Return the app's settings, or None if Azure reports that there is no such app."""

    async def replace_settings(self, name: str, settings: Mapping[str, str]) -> None:
        """Give the app these settings and no others, upon which Azure restarts it."""

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
