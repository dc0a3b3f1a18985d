"""Builds the specification of a line's function app: its names, tags and app settings.

Settings are composed here and never copied from the router's own environment.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from router.apps.stores import store_of
from router.domain import resource_names
from router.domain.app_health import PACKAGE_HEADER
from router.domain.cloud import Cloud
from router.domain.hub_settings import HubSettings, as_text, prefix_of
from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.reserved_settings import CONNECTION, PREFIX, RELEASE_LINE, TRACKING
from router.domain.resource_names import APP_TAG, HUB_SETTINGS_TAG, HUB_TAG, LINE_TAG
from router.domain.version import LineId
from router.ports import AppSpec
from router.settings import Settings

_DURABLE = "AzureFunctionsJobHost__extensions__durableTask__"
_NAME_LENGTH = 16
_SERVICES = ("blob", "queue", "table")


def app_spec(line: Line, settings: Settings) -> AppSpec:
    """Return the specification of a line's app, which depends on nothing else."""
    own = _settings(line, settings)
    former = line.applied.names if line.applied else ()
    return AppSpec(line.function_app, line.plan, own, tags(line, settings), former)


def new_line(settings: Settings, line: LineId, now: datetime) -> Line:
    """Return a line whose first release is being registered."""
    app = settings.app_name
    scope = resource_names.scope_of(settings.subscription_id, settings.resource_group)
    return Line(
        line,
        LineState.REGISTERED,
        now,
        function_app=resource_names.function_app(app, line, scope),
        plan=resource_names.plan(app, line, scope),
        task_hub=resource_names.task_hub(app, line),
    )


def hub_settings(line: Line, settings: Settings) -> HubSettings:
    """Return the settings that the line's hub was created with, or will be if there is none."""
    return line.hub or HubSettings(
        settings.partition_count, settings.visibility_seconds, store_of(line, settings)
    )


def tags(line: Line, settings: Settings) -> dict[str, str]:
    """Return the tags that identify the line of a resource even if the catalog is lost."""
    return {
        APP_TAG: settings.app_name,
        LINE_TAG: str(line.id),
        HUB_TAG: line.task_hub,
        HUB_SETTINGS_TAG: as_text(hub_settings(line, settings)),
    }


def secrets(settings: Settings) -> tuple[str, ...]:
    """Return the values of the lines' app settings that must not appear in any text."""
    accounts = settings.line_storage, settings.tracking_storage
    connection_strings = (each for each in accounts if "=" in each)
    return (*connection_strings, *map(_text, settings.line_settings.values()))


def host_json_options(line: Line, settings: Settings, package: str = "") -> dict[str, Any]:
    """Return what the host.json of a line's app has to contain.

    With `package`, the SHA-256 of a release's package, the app's host names it in every answer.
    """
    extensions: dict[str, Any] = {"durableTask": durable_options(line, settings)}
    if package:
        extensions["http"] = {"customHeaders": {PACKAGE_HEADER: package_name(package)}}
    return {"extensions": extensions}


def package_name(sha256: str) -> str:
    """Return how the host of an app names its package."""
    return sha256[:_NAME_LENGTH]


def durable_options(line: Line, settings: Settings) -> dict[str, Any]:
    """Return the Durable options of a line's app, as its host.json and its app settings have them.

    The members for connections have an older and a newer name, and not everything in Azure reads
    both. Messages in Base64 can hold any text.
    """
    hub = hub_settings(line, settings)
    visibility = _time_span(hub.visibility)
    return {
        "hubName": line.task_hub,
        # With AnyState, a start that is repeated would replace the instance that it has begun.
        "overridableExistingInstanceStates": "NonRunningStates",
        "storageProvider": {
            "connectionName": CONNECTION,
            "connectionStringName": CONNECTION,
            "trackingStoreConnectionName": TRACKING,
            "trackingStoreConnectionStringName": TRACKING,
            "trackingStoreNamePrefix": prefix_of(hub.store),
            "partitionCount": hub.partitions,
            # As plain text, a message with U+FFFE, which XML cannot hold, stops the whole hub.
            "queueClientMessageEncoding": "Base64",
            "controlQueueVisibilityTimeout": visibility,
            "workItemQueueVisibilityTimeout": visibility,
        },
    }


def _settings(line: Line, settings: Settings) -> dict[str, str]:
    own = {
        **_storage(CONNECTION, settings.line_storage, settings.cloud),
        **_storage(TRACKING, settings.tracking_storage, settings.cloud),
        **_storage(PREFIX + TRACKING, settings.tracking_storage, settings.cloud),
        **dict(_overrides(_DURABLE, durable_options(line, settings))),
        RELEASE_LINE: str(line.id),
    }
    others = {name: _text(value) for name, value in settings.line_settings.items()}
    # A value of the team's own wins, so that it can leave a function on everywhere.
    given = {name.casefold() for name in others}
    disabled = map(disabling, line.disabled)
    return own | others | {name: "true" for name in disabled if name.casefold() not in given}


def disabling(function: str) -> str:
    """Return the name of the app setting that disables a function."""
    return f"{PREFIX}.{function}.Disabled"


def _overrides(path: str, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the app settings that override options in host.json."""
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from _overrides(f"{path}{name}__", value)
        else:
            yield f"{path}{name}", str(value)


def _storage(name: str, account: str, cloud: Cloud) -> dict[str, str]:
    """Return the settings of a storage connection.

    An account given by name is opened with the app's managed identity. Azure completes a bare name
    with the host name of the public cloud, so elsewhere the services are named.
    """
    if "=" in account:
        return {name: account}
    found = {f"{name}__credential": "managedidentity"}
    if cloud is Cloud.PUBLIC:
        return {f"{name}__accountName": account, **found}
    urls = {f"{name}__{each}ServiceUri": cloud.storage_url(account, each) for each in _SERVICES}
    return urls | found


def _time_span(seconds: float) -> str:
    """Format a duration of less than a day as .NET's TimeSpan."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest:02}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
