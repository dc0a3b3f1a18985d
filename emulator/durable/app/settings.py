"""The task hub settings in host.json and the app settings: names, defaults and validation.

Values from app settings are texts, whatever their type in host.json.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args

from emulator.durable.app.version_policy import FailureStrategy, MatchStrategy, VersionPolicy
from emulator.engine.model.hub_settings import HubSettings
from emulator.engine.model.instance import UNFINISHED
from emulator.host.configuration.host_json import section
from emulator.host.configuration.settings import expand

HUB_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,44}")
_SPAN = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)")
DEFAULT_CONNECTION = "AzureWebJobsStorage"
DEFAULT_CONNECTION_ALIAS = "Storage"  # the default's name in the real extension's URLs
DEFAULT_TRACKING_PREFIX = "DurableTask"
DEFAULT_VISIBILITY_SECONDS = 30  # 300 on Azure; shorter here for local development
MAX_PARTITIONS = 16


class InvalidSettingError(Exception):
    """A setting of the extension has an invalid value."""


@dataclass(frozen=True, slots=True)
class DurableSettings:
    """The settings of one app's durable extension.

    `connection` is the name of the hub's storage in URLs; an instance whose status is in
    `replaceable` may be replaced by a new start with its id.
    """

    hub: HubSettings
    connection: str
    versions: VersionPolicy
    replaceable: frozenset[str]
    use_forwarded_host: bool
    app_settings: Mapping[str, str] = field(repr=False)

    def hub_named(self, name: str | None, connection: str | None) -> HubSettings:
        """Return the hub that a request names, by default the app's own.

        Raises InvalidSettingError for an unknown connection.
        """
        hub = self.hub
        if name and name.lower() != hub.name.lower():
            hub = replace(hub, name=name)
        if not connection or connection.lower() in (self.connection.lower(), "storage"):
            return hub
        queues = connection_string(self.app_settings, connection)
        tracking = hub.tracking_connection if hub.tracking_prefix else queues
        return replace(hub, queue_connection=queues, tracking_connection=tracking)


def connection_string(app_settings: Mapping[str, str], name: str) -> str:
    """Return the storage connection string that a connection name refers to.

    Raises InvalidSettingError if there is none.
    """
    for key in (name, f"AzureWebJobs{name}", f"ConnectionStrings:{name}"):
        if app_settings.get(key):
            return app_settings[key]
    raise InvalidSettingError(f"The storage connection setting '{name}' is missing.")


def read(settings: Mapping[str, str], host_json: Mapping[str, Any], site: str) -> DurableSettings:
    """Read and validate the settings. Raises InvalidSettingError."""
    return _Reader(settings, host_json).read(site)


class _Reader:
    def __init__(self, settings: Mapping[str, str], host_json: Mapping[str, Any]) -> None:
        self._settings = settings
        self._durable = section(host_json, "extensions", "durableTask") or {}

    def read(self, site: str) -> DurableSettings:
        connection = self._text("storageProvider", "connectionName") or self._text(
            "storageProvider", "connectionStringName"
        )
        return DurableSettings(
            hub=self._hub(site, connection or DEFAULT_CONNECTION),
            connection=connection or DEFAULT_CONNECTION_ALIAS,
            versions=self._versions(),
            replaceable=self._replaceable(),
            use_forwarded_host=self._flag("httpSettings", "useForwardedHost"),
            app_settings=self._settings,
        )

    def _hub(self, site: str, connection: str) -> HubSettings:
        queues = connection_string(self._settings, connection)
        tracking = self._text("storageProvider", "trackingStoreConnectionStringName") or self._text(
            "storageProvider", "trackingStoreConnectionName"
        )
        prefix = self._text("storageProvider", "trackingStoreNamePrefix")
        return HubSettings(
            name=self._hub_name(site),
            queue_connection=queues,
            tracking_connection=connection_string(self._settings, tracking) if tracking else queues,
            tracking_prefix=(prefix or DEFAULT_TRACKING_PREFIX) if tracking else None,
            partition_count=self._number(4, 1, MAX_PARTITIONS, "storageProvider", "partitionCount"),
            visibility_seconds=self._visibility(),
            app_name=site,
            max_concurrent_activities=self._number(20, 1, 1000, "maxConcurrentActivityFunctions"),
            max_concurrent_orchestrators=self._number(
                20, 1, 1000, "maxConcurrentOrchestratorFunctions"
            ),
        )

    def _visibility(self) -> int:
        """Return the longer of the two timeouts, so that no message reappears too early."""
        given = [
            self._seconds("storageProvider", f"{queue}VisibilityTimeout")
            for queue in ("controlQueue", "workItemQueue")
        ]
        return max((s for s in given if s is not None), default=DEFAULT_VISIBILITY_SECONDS)

    def _hub_name(self, site: str) -> str:
        name = self._text("hubName")
        if name is None:
            plain = re.sub(r"[^A-Za-z0-9]", "", site)[:45]
            return plain if HUB_NAME.fullmatch(plain) else f"{plain}Hub"
        if not HUB_NAME.fullmatch(name):
            raise InvalidSettingError(
                f"Task hub name '{name}' is not valid: it must be 3 to 45 letters and digits, "
                "beginning with a letter (extensions.durableTask.hubName)."
            )
        return name

    def _versions(self) -> VersionPolicy:
        return VersionPolicy(
            default=self._text("defaultVersion"),
            match=cast(
                "MatchStrategy",
                self._choice("CurrentOrOlder", get_args(MatchStrategy), "versionMatchStrategy"),
            ),
            failure=cast(
                "FailureStrategy",
                self._choice("Reject", get_args(FailureStrategy), "versionFailureStrategy"),
            ),
        )

    def _replaceable(self) -> frozenset[str]:
        ended = frozenset({"Completed", "Failed", "Terminated", "Canceled"})
        name = self._choice(
            "NonRunningStates",
            ("NonRunningStates", "AnyState"),
            "overridableExistingInstanceStates",
        )
        return ended | UNFINISHED if name == "AnyState" else ended

    def _text(self, *path: str) -> str | None:
        value = section(self._durable, *path)
        return expand(str(value), self._settings) if value not in (None, "") else None

    def _flag(self, *path: str) -> bool:
        return (self._text(*path) or "false").lower() == "true"

    def _number(self, default: int, least: int, most: int, *path: str) -> int:
        text = self._text(*path)
        if text is None:
            return default
        if not text.isdigit() or not least <= int(text) <= most:
            raise InvalidSettingError(
                f"extensions.durableTask.{'.'.join(path)} is '{text}'; "
                f"it must be a number from {least} to {most}."
            )
        return int(text)

    def _seconds(self, *path: str) -> int | None:
        text = self._text(*path)
        if text is None:
            return None
        if not (span := _SPAN.fullmatch(text)) or not any(map(int, span.groups())):
            raise InvalidSettingError(
                f"extensions.durableTask.{'.'.join(path)} is '{text}'; "
                "it must be a time such as 00:05:00."
            )
        hours, minutes, seconds = map(int, span.groups())
        return (hours * 60 + minutes) * 60 + seconds

    def _choice(self, default: str, choices: tuple[str, ...], *path: str) -> str:
        text = self._text(*path)
        if text is None:
            return default
        for choice in choices:
            if choice.lower() == text.lower():
                return choice
        raise InvalidSettingError(
            f"extensions.durableTask.{'.'.join(path)} is '{text}'; "
            f"it must be one of {', '.join(choices)}."
        )
