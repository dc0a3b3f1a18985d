"""The task hub settings in host.json and the app settings: names, defaults and validation."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args

from emulator.durable.app import hub_name, limits
from emulator.durable.app.connections import DEFAULT_CONNECTION, connection_string
from emulator.durable.app.options import EXTENSION, Options
from emulator.durable.app.version_policy import FailureStrategy, MatchStrategy, VersionPolicy
from emulator.engine.model.hub_settings import DEFAULT_STOP_SECONDS, HubSettings, MessageEncoding
from emulator.engine.model.instance import UNFINISHED

DEFAULT_TRACKING_PREFIX = "DurableTask"
VISIBILITY_SETTING = "EMULATOR_VISIBILITY_SECONDS"
STOP_SETTING = "EMULATOR_STOP_SECONDS"
_PROVIDER = "storageProvider"
_INSTANCE = "WEBSITE_INSTANCE_ID"  # set by Azure; a machine has the name of the app without it


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

        Raises UnknownConnectionError.
        """
        hub = self.hub
        if name and name.lower() != hub.name.lower():
            hub = replace(hub, name=name)
        if not connection or connection.lower() in (self.connection.lower(), "storage"):
            return hub
        queues = connection_string(self.app_settings, connection)
        tracking = hub.tracking_connection if hub.tracking_prefix else queues
        return replace(hub, queue_connection=queues, tracking_connection=tracking)


def read(settings: Mapping[str, str], host_json: Mapping[str, Any], site: str) -> DurableSettings:
    """Read and validate the settings. Raises InvalidSettingError."""
    options = Options(settings, host_json)
    limits.check(options)
    connection = options.text(_PROVIDER, "connectionName") or options.text(
        _PROVIDER, "connectionStringName"
    )
    return DurableSettings(
        hub=_hub(options, settings, site, connection or DEFAULT_CONNECTION),
        connection=connection or DEFAULT_CONNECTION,
        versions=_versions(options),
        replaceable=_replaceable(options),
        use_forwarded_host=options.flag("httpSettings", "useForwardedHost"),
        app_settings=settings,
    )


def _hub(options: Options, settings: Mapping[str, str], site: str, connection: str) -> HubSettings:
    name = options.given("hubName")
    if name is not None:
        hub_name.check(name)
    queues = connection_string(settings, connection)
    tracking = options.text(_PROVIDER, "trackingStoreConnectionStringName") or options.text(
        _PROVIDER, "trackingStoreConnectionName"
    )
    prefix = options.text(_PROVIDER, "trackingStoreNamePrefix") or DEFAULT_TRACKING_PREFIX
    control, work_items = _visibility(options, settings)
    return HubSettings(
        name=hub_name.default_of(site) if name is None else name,
        queue_connection=queues,
        tracking_connection=connection_string(settings, tracking) if tracking else queues,
        tracking_prefix=prefix if tracking else None,
        partition_count=options.number(4, _PROVIDER, "partitionCount"),
        visibility_seconds=control,
        work_item_visibility_seconds=work_items,
        encoding=_encoding(options),
        app_name=site,
        worker_name=settings.get(_INSTANCE),
        max_concurrent_activities=options.number(20, "maxConcurrentActivityFunctions"),
        max_concurrent_orchestrators=options.number(20, "maxConcurrentOrchestratorFunctions"),
        stop_seconds=float(settings.get(STOP_SETTING) or DEFAULT_STOP_SECONDS),
    )


def _visibility(options: Options, settings: Mapping[str, str]) -> tuple[int, int]:
    """Return the time-outs of the app, or of the emulator, whose own setting replaces both."""
    quick = settings.get(VISIBILITY_SETTING)
    if quick:
        return int(quick), int(quick)
    minutes = limits.DEFAULT_VISIBILITY_SECONDS
    control = options.seconds(minutes, _PROVIDER, "controlQueueVisibilityTimeout")
    work_items = options.seconds(minutes, _PROVIDER, "workItemQueueVisibilityTimeout")
    return int(control), int(work_items)


def _encoding(options: Options) -> MessageEncoding:
    kind = "DurableTask.AzureStorage.QueueClientMessageEncoding"
    path = (_PROVIDER, "queueClientMessageEncoding")
    return MessageEncoding(options.choice("UTF8", tuple(MessageEncoding), kind, *path))


def _versions(options: Options) -> VersionPolicy:
    def strategy(name: str, default: str, kind: object) -> str:
        choices = get_args(kind)
        return options.choice(default, choices, f"{EXTENSION}.{name}", name)

    match = strategy("versionMatchStrategy", "CurrentOrOlder", MatchStrategy)
    failure = strategy("versionFailureStrategy", "Reject", FailureStrategy)
    return VersionPolicy(
        default=options.text("defaultVersion"),
        match=cast("MatchStrategy", match),
        failure=cast("FailureStrategy", failure),
    )


def _replaceable(options: Options) -> frozenset[str]:
    ended = frozenset({"Completed", "Failed", "Terminated", "Canceled"})
    name = "overridableExistingInstanceStates"
    states = ("NonRunningStates", "AnyState")
    chosen = options.choice("NonRunningStates", states, f"{EXTENSION}.{name}", name)
    return ended | UNFINISHED if chosen == "AnyState" else ended
